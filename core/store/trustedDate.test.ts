import { expect, it } from "vitest";
import { FakeClock } from "../testing/fakeClock.ts";
import type { Json } from "../mirror/contract.ts";
import { trustedDate } from "./trustedDate.ts";

const DAY = 86_400_000;

/** A clock, and what is believed of it, also by a Loom that starts anew. */
class Machine {
  clock = new FakeClock();
  readonly #kept = new Map<string, Json>();

  /** How many days the date lies behind the clock. */
  async behind(): Promise<number> {
    const kv = { get: async (_: string, key: string) => this.#kept.get(key), set: async (_: string, key: string, value: Json) => void this.#kept.set(key, value) };
    const { date, isTrusted } = await trustedDate(kv, this.clock);
    expect(isTrusted).toBe(date === this.clock.now());
    return (this.clock.now() - date) / DAY;
  }

  /** The clock is set, or the machine was off. */
  async after(days: number): Promise<number> {
    this.clock.jump(days * DAY);
    return this.behind();
  }

  /** Loom starts anew, and even time with it. */
  restarts(): void {
    this.clock = new FakeClock(this.clock.now());
  }

  async passes(days: number): Promise<number> {
    await this.clock.advance(days * DAY);
    return this.behind();
  }
}

it("is the clock's, also after two weeks in which nobody asked", async () => {
  const machine = new Machine();
  expect(await machine.behind()).toBe(0);
  for (const days of [1, 0.25, 14, 1]) expect(await machine.after(days)).toBe(0);
});

it("stays where it was for a week when the clock leaps ahead, and is the clock's again as soon as that is set right", async () => {
  const machine = new Machine();
  await machine.behind();
  expect(await machine.after(60)).toBe(60);
  expect(await machine.after(3)).toBe(63);
  expect(await machine.after(-61)).toBe(0);
  expect(await machine.after(1)).toBe(0);
  expect(await machine.after(400)).toBe(400);
});

it("follows a clock that has shown such dates for a week: the machine was off", async () => {
  const machine = new Machine();
  await machine.behind();
  expect(await machine.after(90)).toBe(90);
  for (let day = 1; day < 7; day++) expect(await machine.after(1)).toBe(90 + day);
  expect(await machine.after(1)).toBe(0);
});

it("follows a machine that is on for a day once a month, after a week of such days", async () => {
  const machine = new Machine();
  await machine.behind();
  for (let month = 1; month < 7; month++) {
    expect(await machine.after(30)).toBe(month * 31 - 1);
    expect(await machine.passes(1)).toBe(month * 31);
  }
  expect(await machine.after(30)).toBe(216);
  expect(await machine.passes(1)).toBe(0);
});

it("follows a machine that is on for an hour each day, and one that is off for two days of each week", async () => {
  const daily = new Machine();
  const weekly = new Machine();
  await Promise.all([daily.behind(), weekly.behind()]);
  for (let week = 0; week < 50; week++) {
    for (let day = 0; day < 7; day++) expect([await daily.after(23 / 24), await daily.passes(1 / 24)]).toEqual([0, 0]);
    for (let day = 0; day < 5; day++) expect([await weekly.after(14 / 24), await weekly.passes(10 / 24)]).toEqual([0, 0]);
    expect(await weekly.after(2)).toBe(0);
  }
});

it("is not led on by further leaps, nor by little ones", async () => {
  const machine = new Machine();
  await machine.behind();
  for (const [days, behind] of [[100, 100], [8, 108], [100, 208], [400, 608]] as const) expect(await machine.after(days)).toBe(behind);
  for (let day = 1; day < 6; day++) expect(await machine.passes(1)).toBe(608 + day);
  expect(await machine.after(20)).toBe(633);
  expect(await machine.passes(1)).toBe(0);
  expect(await machine.after(13)).toBe(0);
  expect(await machine.after(13)).toBe(13);
  const other = new Machine();
  await other.behind();
  expect([await other.after(8), await other.after(8), await other.after(8)]).toEqual([0, 0, 8]);
});

it("doubts a clock again that leaps after it was set right, whether anybody asked in between or not", async () => {
  const machine = new Machine();
  await machine.behind();
  expect(await machine.after(100)).toBe(100);
  machine.clock.jump(-100 * DAY);
  expect(await machine.after(200)).toBe(200);
  expect(await machine.after(-200)).toBe(0);
  expect(await machine.after(200)).toBe(200);
});

it("counts for the week what passes between starts of Loom", async () => {
  const machine = new Machine();
  await machine.behind();
  await machine.passes(2);
  expect(await machine.after(100)).toBe(100);
  for (let half = 1; half < 14; half++) {
    machine.restarts();
    expect(await machine.passes(0.5)).toBe(100 + half / 2);
  }
  machine.restarts();
  expect(await machine.passes(0.5)).toBe(0);
});

it("follows a clock that is set back", async () => {
  const machine = new Machine();
  await machine.behind();
  expect(await machine.after(-60)).toBe(0);
});
