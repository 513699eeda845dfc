import { describe, expect, it } from "vitest";
// @ts-ignore the page's modules are plain JavaScript
import { causes, gather as gatherThreads, labelOf, threadsOf } from "./shared.js";

const strand = (id: string, shares: string[], failed = false) => ({ id, redRuns: failed ? 1 : 0, steps: [{ shares, operationId: null, status: failed ? "failed" : "completed" }] });
const gather = (strands: object[]) => gatherThreads(strands.map(threadsOf));

describe("what strands share", () => {
  it("joins the steps of at least two", () => {
    const braids = gather([strand("a", ["model:x", "agent:main"]), strand("b", ["model:x"]), strand("c", ["model:y"])]);
    expect([...braids.keys()]).toEqual(["model:x"]);
    expect(braids.get("model:x").map(({ id }: { id: string }) => id)).toEqual(["a", "b"]);
  });
  it("joins operations too", () => {
    const woven = (id: string) => ({ id, redRuns: 0, steps: [{ shares: [], operationId: "notify.webhook", status: "completed" }] });
    expect([...gather([woven("a"), woven("b")]).keys()]).toEqual(["operation:notify.webhook"]);
  });
});

it("is the same while a strand shares the same, so that nothing has to be gathered anew", () => {
  const before = threadsOf(strand("steady", ["model:x"]));
  expect(threadsOf(strand("steady", ["model:x"]))).toBe(before);
  expect(threadsOf(strand("steady", ["model:x"], true))).not.toBe(before);
  expect(threadsOf(strand("alone", []))).toBe(threadsOf(strand("alone", [])));
});

describe("shared causes", () => {
  it("are told where something fails on several strands", () => {
    const found = causes(gather([strand("a", ["model:x"], true), strand("b", ["model:x"], true), strand("c", ["model:x"])]));
    expect(found.map(({ label }: { label: string }) => label)).toEqual(["model x · 2 failed"]);
    expect(found[0].threads.map(({ id }: { id: string }) => id)).toEqual(["a", "b"]);
  });
  it("are not told of one failure, nor where nearly all are well", () => {
    expect(causes(gather([strand("a", ["m:x"], true), strand("b", ["m:x"])]))).toEqual([]);
    expect(causes(gather([strand("a", ["m:x"], true), strand("b", ["m:x"], true), ...Array.from({ length: 9 }, (_, at) => strand(`ok${at}`, ["m:x"]))]))).toEqual([]);
  });
  it("name what explains most: of two with the same failures the one that fewer others use", () => {
    const found = causes(gather([strand("a", ["model:x", "agent:main"], true), strand("b", ["model:x", "agent:main"], true), strand("c", ["agent:main"])]));
    expect(found.map(({ key }: { key: string }) => key)).toEqual(["model:x"]);
  });
  it("are no more than can be told apart, the surest of them", () => {
    const pairs = Array.from({ length: 40 }, (_, at) => [strand(`a${at}`, [`model:${at}`], true), strand(`b${at}`, [`model:${at}`], true)]).flat();
    const found = causes(gather([...pairs, ...Array.from({ length: 3 }, (_, at) => strand(`c${at}`, ["agent:main"], true))]));
    expect(found).toHaveLength(12);
    expect(found[0].label).toBe("agent main · 3 failed");
  });
  it("end with the failures", () => {
    const recovered = { ...strand("b", ["m:x"], true), redRuns: 0 };
    expect(causes(gather([strand("a", ["m:x"], true), recovered]))).toEqual([]);
  });
});

it("is called as people say it", () => expect(labelOf("model:gpt-5")).toBe("model gpt-5"));
