import { describe, expect, it } from "vitest";
// @ts-ignore the page's modules are plain JavaScript
import { newsOf } from "./news.js";
// @ts-ignore the page's modules are plain JavaScript
import { takeEvents } from "./store.js";

describe("what is said of the live feed", () => {
  const heard = (type: string, data: object, recent: object[] = []): string | null => {
    const event = { type, strandId: "a", data };
    takeEvents([{ type: "event", event, strand: { id: "a", name: "backup", recent } }]);
    return newsOf(event);
  };

  it("says that a run failed, and not that one went well", () => {
    expect(heard("run.finished", {}, [{ id: "r", red: true }])).toBe("backup failed");
    expect(heard("run.finished", {}, [{ id: "r", red: false }])).toBeNull();
  });

  it("takes back that a run failed, once it is known better", () => {
    expect(heard("run.corrected", { status: "succeeded", red: false })).toBe("backup did not fail after all");
    expect(heard("run.corrected", { status: "running", red: false })).toBe("backup is still running");
    expect(heard("run.corrected", { status: "failed", red: true })).toBeNull();
  });

  it("says that a workflow's file is broken, by its path where it never loaded, and not that it was mended", () => {
    const problems = [{ path: "backup.ts:1:1", message: "no" }];
    expect(heard("workflow.problems", { path: "/flows/backup.ts", problems })).toBe("backup: its file is broken");
    expect(newsOf({ type: "workflow.problems", strandId: null, data: { path: "/flows/new.ts", problems } })).toBe("/flows/new.ts: its file is broken");
    expect(heard("workflow.problems", { path: "/flows/backup.ts", problems: [] })).toBeNull();
  });

  it("has nothing to say of what it does not know", () => {
    expect(heard("step.completed", {})).toBeNull();
  });
});
