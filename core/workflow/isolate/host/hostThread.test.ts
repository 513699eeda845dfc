import { expect, it } from "vitest";
import { eventually } from "../../../../test/support/eventually.ts";
import { systemClock } from "../../../clock/system.ts";
import { defaultLimits } from "../contract.ts";
import { HostThread } from "./hostThread.ts";

it("is not blamed for the time that it takes to start, however often it is asked", async () => {
  const thread = new HostThread(1, "test.t1.", { limits: defaultLimits, egress: [] }, systemClock, () => {}, (_json, sent) => sent());
  void thread.start();
  const asked = (): number[] => Array.from({ length: 100 }, () => thread.unanswered());
  // It cannot have started before this turn of ours is over.
  expect(asked()).toEqual(Array.from({ length: 100 }, () => 0));
  expect(await eventually(asked, (counts) => counts.at(-1) === 99)).toEqual(Array.from({ length: 100 }, (_, n) => n));
  thread.end("asked", "");
  expect(await thread.ended).toEqual({ why: "asked", message: "" });
});
