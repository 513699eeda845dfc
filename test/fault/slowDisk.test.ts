import { expect, it } from "vitest";
import { systemClock } from "../../core/clock/system.ts";
import { makeFolder } from "../support/folder.ts";
import { GatewayProcess } from "../support/gatewayProcess.ts";
import { UnkindMachine } from "../support/unkindMachine.ts";

const SYNC_MS = 200;
const WRITERS = 64;
/** What a busy machine may add to an answer that waits for nothing. */
const QUICK_MS = SYNC_MS / 2;

it("shares commits between writers, and answers all else at once, while each sync of the disk takes 200 ms", { timeout: 120_000 }, async () => {
  await using home = await makeFolder();
  using machine = new UnkindMachine(home.path);
  await using loom = new GatewayProcess({ home: home.path, env: machine.env });
  await loom.start();
  await loom.api("/strands");
  machine.be({ syncMs: SYNC_MS });
  const before = { commits: await commits(loom), syncs: machine.syncs };

  const over = new AbortController();
  const waits = { healthz: asked(loom, "/healthz", over.signal), strands: asked(loom, "/api/loom/strands", over.signal) };
  const began = systemClock.mono();
  const made = await Promise.all(Array.from({ length: WRITERS }, (_, n) => makeToken(loom, `writer ${n}`)));
  const tookMs = systemClock.mono() - began;
  over.abort();
  const [healthz, strands] = [await waits.healthz, await waits.strands];

  const after = { commits: await commits(loom), syncs: machine.syncs };
  machine.be({ syncMs: 0 });
  expect(new Set(made).size).toBe(WRITERS);
  // Each has three writes, one after the other: who asks, the token, and what came of it.
  expect(after.commits - before.commits).toBeLessThan(24);
  expect(after.syncs.all - before.syncs.all).toBeGreaterThan(2);
  expect(tookMs).toBeLessThan(24 * SYNC_MS);
  expect(after.syncs.onEventLoop, "syncs for which the event loop waits").toBe(0);
  expect(median(healthz)).toBeLessThan(QUICK_MS);
  expect(median(strands)).toBeLessThan(QUICK_MS);
  const kept = await loom.api("/tokens");
  expect(kept.items.map(({ id }: { id: string }) => id)).toEqual(expect.arrayContaining(made));
  console.log(`${after.commits - before.commits} commits in ${Math.round(tookMs)} ms; healthz ${Math.round(median(healthz))} ms, at most ${Math.round(Math.max(...healthz))} ms`);
});

async function makeToken(loom: GatewayProcess, name: string): Promise<string> {
  const answer = await loom.api("/tokens", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ name }) });
  return answer.token.id;
}

/** How long each answer took, one after the other. */
async function asked(loom: GatewayProcess, path: string, over: AbortSignal): Promise<number[]> {
  const waits: number[] = [];
  while (!over.aborted) {
    const began = systemClock.mono();
    const answer = await fetch(`${loom.address}${path}`, { headers: { authorization: `Bearer ${loom.token}` } });
    await answer.arrayBuffer();
    waits.push(systemClock.mono() - began);
  }
  return waits;
}

async function commits(loom: GatewayProcess): Promise<number> {
  const answer = await fetch(`${loom.address}/metrics`, { headers: { authorization: `Bearer ${loom.token}` } });
  return Number(/^loom_store_commits_total (\d+)$/m.exec(await answer.text())![1]);
}

function median(waits: readonly number[]): number {
  return waits.toSorted((a, b) => a - b)[Math.floor(waits.length / 2)]!;
}
