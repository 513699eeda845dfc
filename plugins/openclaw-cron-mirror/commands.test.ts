import { FakeClock } from "loom-gateway/testing";
import { SourceProblem, type Ask } from "loom-gateway";
import { describe, expect, it } from "vitest";
import { Commands } from "./commands.ts";
import type { Gateway } from "./rpc.ts";

const ask: Ask = { by: "ann", definition: {}, signal: AbortSignal.any([]) };
const unreachable = new SourceProblem("unreachable", "OpenClaw does not answer at ws://127.0.0.1:1.");

function commands(asAdmin: <T>(signal: AbortSignal, use: (gateway: Gateway) => Promise<T>) => Promise<T>): Commands {
  return new Commands({ clock: new FakeClock(), hostZone: "UTC", asAdmin });
}

describe("asking OpenClaw while it cannot be reached", () => {
  it("is a sure no when no connection came about", async () => {
    const answer = await commands(async () => {
      throw unreachable;
    }).runNow("job", ask);
    expect(answer).toEqual({ accepted: false, reason: "Nothing was sent: OpenClaw does not answer at ws://127.0.0.1:1." });
  });

  it("is not known when the connection broke after the asking", async () => {
    const broken = { call: () => Promise.reject(unreachable) } as unknown as Gateway;
    await expect(commands((_signal, use) => use(broken)).runNow("job", ask)).rejects.toBe(unreachable);
  });
});
