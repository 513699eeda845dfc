import { expect, it } from "vitest";
import { FakeClock } from "../testing/fakeClock.ts";
import type { Json } from "../mirror/contract.ts";
import { trustedDate } from "./trustedDate.ts";

const DAY = 86_400_000;

/** A clock, and what is believed of it, also by a Loom that starts anew. */
class Machine {
  readonly clock = new FakeClock();
  readonly #kept = new Map<string, Json>();

  /** How many days the date lies behind the clock. */
  async behind(): Promise<number> {
    const kv = { get: async (_: string, key: string) => this.#kept.get(key), set: async (_: string, key: string, value: Json) => void this.#kept.set(key, value) };
    const { date, isTrusted } = await trustedDate(kv, this.clock);
    expect(isTrusted).toBe(date === this.clock.now());
    return (this.clock.now() - date) / DAY;
  }

  async after(days: number): Promise<number> {
    this.clock.jump(days * DAY);
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

it("follows a machine that is on once a month, the second time", async () => {
  const machine = new Machine();
  await machine.behind();
  expect(await machine.after(30)).toBe(30);
  expect(await machine.after(30)).toBe(0);
});

it("follows a clock that is set back", async () => {
  const machine = new Machine();
  await machine.behind();
  expect(await machine.after(-60)).toBe(0);
});
