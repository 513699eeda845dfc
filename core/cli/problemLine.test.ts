import { expect, test } from "vitest";
import { problemLine } from "./problemLine.ts";

test("what is wrong and its mend are two sentences", () => {
  expect(problemLine({ path: "port", message: "99999 is not allowed here", mend: "Use 65535 or less." })).toBe("port: 99999 is not allowed here. Use 65535 or less.");
  expect(problemLine({ path: "id", message: "It is empty.", mend: "Name it." })).toBe("id: It is empty. Name it.");
});

test("without a mend it is left as it is, and cannot forge a line", () => {
  expect(problemLine({ path: "index.ts:1:2", message: "Unexpected\ntoken", mend: null })).toBe("index.ts:1:2: Unexpected\\ntoken");
});
