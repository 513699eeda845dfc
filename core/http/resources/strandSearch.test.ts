import { expect, it } from "vitest";
import { StrandSearch } from "./strandSearch.ts";

/** A strand that tells when it is looked at. */
const strand = (id: string, seen: string[] = []) => ({
  id,
  get name() {
    seen.push(id);
    return "Nightly Report";
  },
  description: null,
  command: "/usr/bin/report --all",
});

it("finds what has the text in any of its words, whatever the case", async () => {
  const search = new StrandSearch(() => 0);
  const strands = [strand("s:1:a"), strand("s:1:B"), { ...strand("s:1:c"), description: "For Ann" }];
  const found = async (text: string): Promise<string[]> => (await search.find("ann", strands, text)).map(({ id }) => id);
  expect([await found("nightly"), await found("1:b"), await found("ANN"), await found("--ALL"), await found("nothing")]).toEqual([["s:1:a", "s:1:B", "s:1:c"], ["s:1:B"], ["s:1:c"], ["s:1:a", "s:1:B", "s:1:c"], []]);
});

it("leaves others their turn while it looks", async () => {
  let now = 0;
  const search = new StrandSearch(() => (now += 10));
  let turns = 0;
  let isOver = false;
  const next = (): void => void (isOver || setImmediate(() => (turns++, next())));
  next();
  await search.find("ann", Array.from({ length: 20 }, (_, n) => strand(String(n))), "x");
  isOver = true;
  expect(turns).toBeGreaterThanOrEqual(19);
});

it("does one search of a caller after the other, and those of others beside them", async () => {
  let now = 0;
  const search = new StrandSearch(() => (now += 10));
  const seen: string[] = [];
  const of = (whose: string, name: string) => search.find(whose, [strand(`${name}1`, seen), strand(`${name}2`, seen)], "x");
  await Promise.all([of("ann", "a"), of("ann", "b"), of("bea", "c")]);
  const [a2, b1, c1] = ["a2", "b1", "c1"].map((id) => seen.indexOf(id));
  expect([a2! < b1!, c1! < b1!]).toEqual([true, true]);
});
