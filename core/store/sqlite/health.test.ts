import { expect, it } from "vitest";
import { FakeClock } from "../../testing/fakeClock.ts";
import type { StoreTrouble } from "../healthContract.ts";
import { Health, PROBE_MS } from "./health.ts";

const full = { code: "STORE_UNAVAILABLE", message: "the disk is full" } as const;
const T = 1_000_000;

function healthWith(answers: readonly (typeof full | null)[]): { health: Health; clock: FakeClock; told: (string | null)[]; probes: () => number } {
  const clock = new FakeClock(T);
  let probes = 0;
  const health = new Health(clock, () => {
    const fault = answers[probes++] ?? null;
    health.wrote(fault ? [fault] : []);
    return fault ? Promise.reject(new Error(fault.message)) : Promise.resolve();
  });
  const told: (string | null)[] = [];
  health.on((trouble: StoreTrouble | null) => told.push(trouble?.message ?? null));
  return { health, clock, told, probes: () => probes };
}

it("tells once that nothing can be written, and finds out by itself when it can be again", async () => {
  const { health, clock, told, probes } = healthWith([full, full, null]);
  health.wrote([full]);
  health.wrote([full, full]);
  expect(health.trouble).toEqual({ ...full, since: T });
  await clock.advance(PROBE_MS * 2);
  expect(told).toEqual(["the disk is full"]);
  await clock.advance(PROBE_MS * 5);
  expect(told).toEqual(["the disk is full", null]);
  expect([health.trouble, probes(), clock.pending]).toEqual([null, 3, 0]);
});

it("takes no wrong request for trouble of its own", () => {
  const { health, told } = healthWith([]);
  health.wrote([{ code: "TOO_LARGE", message: "too large" }, { message: "a bug" }]);
  expect([health.trouble, told]).toEqual([null, []]);
});

it("keeps damage in mind, whatever can be written", async () => {
  const { health, clock, told } = healthWith([null]);
  health.wrote([full]);
  health.damaged("page 7 is damaged");
  health.damaged("page 8 is damaged");
  await clock.advance(PROBE_MS);
  health.wrote([]);
  expect(health.trouble).toMatchObject({ code: "STORE_CORRUPT", message: "page 7 is damaged" });
  expect(told).toEqual(["the disk is full", "page 7 is damaged"]);
});

it("believes that a file is whole only if no damage was told of since it was looked at", async () => {
  const { health, clock, told } = healthWith([]);
  health.damaged("page 7 is damaged");
  await clock.advance(10);
  const began = clock.mono();
  await clock.advance(10);
  health.damaged("page 8 is damaged");
  health.whole(began);
  expect(told).toEqual(["page 7 is damaged"]);
  await clock.advance(10);
  health.whole(clock.mono());
  expect(told).toEqual(["page 7 is damaged", null]);
});

it("looks no more once it is closed", async () => {
  const { health, clock, probes } = healthWith([full]);
  health.wrote([full]);
  health.close();
  await clock.advance(PROBE_MS * 3);
  expect([probes(), clock.pending]).toEqual([0, 0]);
});
