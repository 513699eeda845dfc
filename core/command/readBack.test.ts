import { describe, expect, it } from "vitest";
import type { CommandRecord, RunRecord } from "../store/contract.ts";
import { readBack } from "./readBack.ts";

const SENT = 1_000_000;

function command(kind: CommandRecord["kind"], more: Partial<CommandRecord> = {}): CommandRecord {
  return { id: "c", strandId: "s", sourceId: "p:i", kind, status: "unknown", by: "ann", reason: null, expectedWaitMs: null, ownerRunId: null, runId: null, askedAt: SENT - 10, sentAt: SENT, settledAt: null, ...more };
}

const run = (more: Partial<RunRecord>): RunRecord => ({ trigger: "manual", triggerBy: null, startedAt: SENT, finishedAt: SENT + 1_000, ownerRunId: null, ...more }) as RunRecord;

describe("reading back a command", () => {
  it("is done when the job is switched as asked, and not done when it is not", () => {
    expect(readBack(command("enable"), { enabled: true }, [])).toBe("done");
    expect(readBack(command("disable"), { enabled: true }, [])).toBe("not_done");
  });

  it("cannot tell of a job that is gone", () => {
    expect(readBack(command("enable"), undefined, [])).toBe("cannot_tell");
  });

  it("finds the run that was asked for by its owner's id", () => {
    const asked = command("run", { ownerRunId: "manual:1" });
    expect(readBack(asked, undefined, [run({ ownerRunId: "manual:1" })])).toBe("done");
    expect(readBack(asked, undefined, [run({ ownerRunId: "manual:2" })])).toBe("cannot_tell");
  });

  it("takes a run by hand that began when it was sent for the one, but never a scheduled one", () => {
    expect(readBack(command("run"), undefined, [run({ startedAt: SENT + 500 })])).toBe("done");
    expect(readBack(command("run"), undefined, [run({ startedAt: SENT - 60_000 })])).toBe("cannot_tell");
    expect(readBack(command("run"), undefined, [run({ trigger: "schedule" })])).toBe("cannot_tell");
  });

  it("waits for the end of a run under way, which may turn out to be a scheduled one", () => {
    expect(readBack(command("run"), undefined, [run({ trigger: "unknown", finishedAt: null })])).toBe("not_yet");
    expect(readBack(command("run"), undefined, [run({ trigger: "unknown" })])).toBe("done");
  });

  it("does not take a run that another command asked for", () => {
    expect(readBack(command("run"), undefined, [run({ triggerBy: "bob" })])).toBe("cannot_tell");
  });
});
