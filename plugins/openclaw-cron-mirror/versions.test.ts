import { expect, test } from "vitest";
import { whyUnsupported } from "./versions.ts";

test.each([["2026.5.28", 4], ["2026.6.11", 4], ["2026.9.6", 4], ["2027.1.1-beta.2", 4], ["dev", 4]])("OpenClaw %s with protocol %i is read", (version, protocol) => {
  expect(whyUnsupported(version, protocol)).toBeNull();
});

test.each([["2026.5.27", 4], ["2025.12.30", 3], ["2026.2.26", 3], ["dev", 3]])("OpenClaw %s with protocol %i is not", (version, protocol) => {
  expect(whyUnsupported(version, protocol)).toContain(version);
});
