import { describe, expect, test } from "vitest";
import type { CommandRecord, PauseEntry, StrandRecord } from "../../store/contract.ts";
import { nextMove, type PauseMove } from "./moves.ts";

const pending: PauseEntry = { strandId: "a", enabledBefore: true, hashBefore: "h1", state: "pending", reason: null, commandId: null, hashLeft: null };
const paused: PauseEntry = { ...pending, state: "paused", hashLeft: "h1" };
const strand = (over: Partial<StrandRecord> = {}): StrandRecord => ({ enabled: true, definitionHash: "h1", goneAt: null, ...over }) as StrandRecord;
const off = strand({ enabled: false });
const command = (kind: CommandRecord["kind"], status: CommandRecord["status"], reason: string | null = null): CommandRecord => ({ id: "c", kind, status, reason }) as CommandRecord;

const becomes = (entry: PauseEntry, state: PauseEntry["state"], over: Partial<PauseEntry> = {}) => ({ is: "move", to: { ...entry, state, reason: null, commandId: null, ...over } });

/** As long as the owner is there. */
const move = (phase: "pausing" | "resuming", entry: PauseEntry, now: StrandRecord | undefined, asked: CommandRecord | null): PauseMove => nextMove(phase, entry, now, asked, true);

describe("while the owner is down", () => {
  test("nobody is asked, and who was asked has refused nothing: the job waits until its owner is back", () => {
    expect(nextMove("pausing", pending, strand(), null, false)).toEqual({ is: "wait" });
    expect(nextMove("resuming", paused, off, null, false)).toEqual({ is: "wait" });
    expect(nextMove("pausing", pending, strand(), command("disable", "refused", "Nothing was sent"), false)).toEqual(becomes(pending, "pending"));
    expect(nextMove("resuming", paused, off, command("enable", "refused", "Nothing was sent"), false)).toEqual(becomes(paused, "paused"));
  });

  test("what needs nobody is done all the same", () => {
    expect(nextMove("pausing", pending, undefined, null, false)).toMatchObject({ is: "move", to: { state: "left_out" } });
    expect(nextMove("resuming", pending, strand(), null, false)).toEqual(becomes(pending, "resumed"));
  });
});

describe("pausing", () => {
  test("a job that is on is asked for, and is paused when its owner shows it", () => {
    expect(move("pausing", pending, strand(), null)).toEqual({ is: "ask", kind: "disable" });
    for (const status of ["asked", "sent", "unknown"] as const) expect(move("pausing", pending, strand(), command("disable", status))).toEqual({ is: "wait" });
    expect(move("pausing", pending, strand({ enabled: false, definitionHash: "h2" }), command("disable", "confirmed"))).toEqual(becomes(pending, "paused", { hashLeft: "h2" }));
  });

  test("a job whose owner refuses has failed, with its words", () => {
    expect(move("pausing", pending, strand(), command("disable", "refused", "locked"))).toEqual(becomes(pending, "failed", { reason: "locked" }));
  });

  test("a job that somebody else switched off, or that is gone, is left out, so that resuming does not touch it", () => {
    for (const now of [off, strand({ goneAt: 1 }), undefined]) expect(move("pausing", pending, now, null)).toMatchObject({ is: "move", to: { state: "left_out" } });
  });

  test("nothing is done about the others", () => {
    for (const state of ["paused", "left_out", "failed", "resumed", "changed"] as const) expect(move("pausing", { ...pending, state }, strand(), null)).toEqual({ is: "wait" });
  });
});

describe("resuming", () => {
  test("a job that is as the pause left it is switched on again", () => {
    expect(move("resuming", paused, off, null)).toEqual({ is: "ask", kind: "enable" });
    expect(move("resuming", paused, strand(), command("enable", "confirmed"))).toEqual(becomes(paused, "resumed"));
  });

  test("one that was edited, switched on or taken away meanwhile is left as it is", () => {
    for (const now of [strand({ enabled: false, definitionHash: "h9" }), strand(), strand({ goneAt: 1 }), undefined]) {
      expect(move("resuming", paused, now, null)).toMatchObject({ is: "move", to: { state: "changed", reason: expect.any(String) } });
    }
  });

  test("one that was never switched off is as before", () => {
    expect(move("resuming", pending, strand(), null)).toEqual(becomes(pending, "resumed"));
  });

  test("one whose owner refuses stays off with the reason, until a person switches it on", () => {
    expect(move("resuming", paused, off, command("enable", "refused", "locked"))).toEqual(becomes(paused, "failed", { reason: "locked" }));
    const failed: PauseEntry = { ...paused, state: "failed", reason: "locked" };
    expect(move("resuming", failed, off, null)).toEqual({ is: "wait" });
    expect(move("resuming", failed, strand(), null)).toMatchObject({ is: "move", to: { state: "changed" } });
  });
});

describe("a person who thinks better of it while a command is under way", () => {
  test("takes back what was not sent", () => {
    expect(move("resuming", pending, strand(), command("disable", "asked"))).toEqual({ is: "withdraw" });
    expect(move("resuming", pending, strand(), command("disable", "refused"))).toEqual(becomes(pending, "resumed"));
    expect(move("pausing", paused, off, command("enable", "asked"))).toEqual({ is: "withdraw" });
    expect(move("pausing", paused, off, command("enable", "refused"))).toEqual(becomes(paused, "paused"));
  });

  test("waits for what was sent, and has it undone", () => {
    expect(move("resuming", pending, strand(), command("disable", "sent"))).toEqual({ is: "wait" });
    expect(move("resuming", pending, off, command("disable", "confirmed"))).toEqual(becomes(pending, "paused", { hashLeft: "h1" }));
    expect(move("pausing", paused, off, command("enable", "sent"))).toEqual({ is: "wait" });
    expect(move("pausing", paused, strand(), command("enable", "confirmed"))).toEqual(becomes(paused, "pending", { hashLeft: null }));
  });
});
