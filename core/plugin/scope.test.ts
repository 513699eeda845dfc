import { describe, expect, it } from "vitest";
import { FakeClock } from "../testing/fakeClock.ts";
import { quietLog } from "../testing/quietLog.ts";
import { Scope } from "./scope.ts";

describe("scope", () => {
  const setUp = () => {
    const clock = new FakeClock();
    const warnings: string[] = [];
    const scope = new Scope(clock, { ...quietLog, warn: (message) => void warnings.push(message) });
    const ran: string[] = [];
    return { clock, scope, ran, warnings, note: (name: string) => () => void ran.push(name) };
  };

  it("undoes last-in first-out, whatever the kind of clean-up", async () => {
    const { scope, ran, note } = setUp();
    scope.adopt(note("function"));
    scope.adopt({ [Symbol.dispose]: note("disposable") });
    scope.adopt({ [Symbol.asyncDispose]: async () => note("async disposable")() });
    expect(await scope.close()).toEqual([]);
    expect(ran).toEqual(["async disposable", "disposable", "function"]);
  });

  it("lets one thing go early, once", async () => {
    const { scope, ran, note } = setUp();
    const handle = scope.adopt(note("early"));
    handle[Symbol.dispose]();
    handle[Symbol.dispose]();
    await scope.close();
    expect(ran).toEqual(["early"]);
  });

  it("aborts its signal before the first clean-up", async () => {
    const { scope, ran } = setUp();
    scope.adopt(() => void ran.push(`aborted: ${scope.signal.aborted}`));
    await scope.close();
    expect(ran).toEqual(["aborted: true"]);
  });

  it("goes on after a clean-up that throws, rejects or hangs, and tells of each", async () => {
    const { clock, scope, ran, note } = setUp();
    scope.adopt(note("first"));
    scope.adopt(() => new Promise(() => {}), "socket");
    scope.adopt(async () => Promise.reject(new Error("rejected")));
    scope.adopt(() => { throw new Error("thrown"); });
    const closed = scope.close();
    await clock.advance(5_000);
    expect(await closed).toEqual(["A clean-up failed: thrown", "A clean-up failed: rejected", "A socket failed: did not finish within 5 s"]);
    expect(ran).toEqual(["first"]);
    expect(clock.pending).toBe(0);
  });

  it("keeps to its budget however many clean-ups hang, and begins every one", async () => {
    const { clock, scope } = setUp();
    let begun = 0;
    for (let n = 0; n < 10; n += 1) scope.adopt(() => { begun += 1; return new Promise(() => {}); });
    const closed = scope.close();
    await clock.advance(10_000);
    expect((await closed).length).toBe(10);
    expect(begun).toBe(10);
  });

  it("undoes at once what is registered after it closed, and warns", async () => {
    const { scope, ran, warnings, note } = setUp();
    await scope.close();
    scope.adopt(note("late"), "timer");
    expect(ran).toEqual(["late"]);
    expect(warnings).toEqual(["Registered after the unload and undone at once: timer"]);
  });
});
