import { expect, it } from "vitest";
// @ts-ignore the page's modules are plain JavaScript
import { definitionFacts } from "./definition.js";

const strand = (over: object = {}) => ({ id: "shop-order", enabled: true, trigger: { text: "by webhook" }, woven: { enabledInFile: true, overridden: false, ...over } });
const factsOf = (...given: [object, object]) => Object.fromEntries(definitionFacts(...given, "http://loom").map(({ name, value }: { name: string; value: string }) => [name, value]));

it("tells how a workflow is started and how its runs behave", () => {
  const facts = { triggers: [{ webhook: "hmac", secret: "X" }], overlap: { onOverlap: "queue", limit: 2 }, misfire: { kind: "all", most: 5 }, requires: ["has-gpu"], defaultHost: "oracle" };
  expect(factsOf(strand(), facts)).toEqual({
    webhook: "POST http://loom/hooks/shop-order", overlap: "2 runs at once; one more waits", "missed firings": "are made up for, at most 5", needs: "a node with has-gpu", "runs on": "oracle",
  });
});
it("tells a person's switch from the file's", () => expect(factsOf({ ...strand({ overridden: true }), enabled: false }, {})).toMatchObject({ switched: "off, by a person; its file says on" }));
it("says nothing of what it does not know", () => expect(factsOf(strand(), { triggers: 5, overlap: null, misfire: {}, requires: [7] })).toEqual({}));
