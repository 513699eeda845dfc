import { expect, it } from "vitest";
import { worryOf } from "./gateway.ts";

const now = Date.UTC(2026, 10, 21, 12);
const since = (ms: number): string => new Date(now - ms).toISOString();

it("is an error, and so the exit code of doctor, once a source has been stale for more than a minute", () => {
  expect(worryOf({ freshness: "stale", since: since(60_000) }, now)).toBe("warning");
  expect(worryOf({ freshness: "stale", since: since(60_001) }, now)).toBe("error");
  expect(worryOf({ freshness: "suspect", since: since(0) }, now)).toBe("error");
});
