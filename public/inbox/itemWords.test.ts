import { expect, it } from "vitest";
// @ts-ignore the page's modules are plain JavaScript
import { readStrand } from "../state/shape.js";
// @ts-ignore the page's modules are plain JavaScript
import { itemWords } from "./itemWords.js";

const now = Date.UTC(2026, 10, 21, 12);
const words = (more: object, run: object | null = null) => itemWords({ kind: "failed", runId: "r", strand: readStrand({ id: "a", name: "brief", redRuns: 1, steps: [{ id: "exec", label: "EXEC", status: "completed" }, { id: "deliver", label: "DELIVER", status: "failed" }], ...more }) }, run, now);
const tick = (status: string) => ({ id: "r", status, red: true, acknowledged: false, startedAt: "2026-11-21T11:59:00.000Z", finishedAt: "2026-11-21T11:59:10.000Z" });

it("tells work whose result reached nobody from work that failed", () => {
  expect(words({ recent: [tick("succeeded")] }).title).toBe("not delivered");
  expect(words({}, { status: "succeeded", red: true, error: "Channel is required" })).toEqual({ title: "not delivered", reason: "DELIVER: Channel is required" });
  expect(words({ recent: [tick("failed")] }).title).toBe("failed");
  expect(words({ redRuns: 3, recent: [tick("failed")] }).title).toBe("failed, 3 red runs");
  expect(words({}).title).toBe("failed");
});
