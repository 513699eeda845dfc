import { expect, test } from "vitest";
import type { ArtifactPart, Store } from "../store/contract.ts";
import { artifactParts } from "./artifactParts.ts";

const of = { id: "r1", step: "fetch", name: "report" };
const part = (text: string, over: Partial<ArtifactPart> = {}): ArtifactPart => ({ kind: "text", bytes: 6, createdAt: 1, data: Buffer.from(text), ...over });

async function read(rest: readonly (ArtifactPart | null)[]): Promise<{ text: string; asked: number[] }> {
  const asked: number[] = [];
  const artifactAfter = async (_id: string, _step: string, _name: string, offset: number) => (asked.push(offset), rest[asked.length - 1]!);
  const parts = await Array.fromAsync(artifactParts({ driven: { artifactAfter } as unknown as Store["driven"] }, of, part("ab")));
  return { text: Buffer.concat(parts).toString(), asked };
}

test("an artifact is given part by part, each read when it is wanted", async () => {
  expect(await read([part("cd"), part("ef"), part("")])).toEqual({ text: "abcdef", asked: [2, 4, 6] });
});

test("one that is replaced or forgotten meanwhile ends in the middle, and never as another", async () => {
  const others = ["CD", "EF", ""].map((text) => part(text, { createdAt: 2 }));
  await expect(read(others)).rejects.toMatchObject({ code: "CONFLICT" });
  await expect(read([null])).rejects.toMatchObject({ code: "CONFLICT" });
  await expect(read([part("")])).rejects.toMatchObject({ code: "STORE_CORRUPT" });
});
