import { readdir } from "node:fs/promises";
import { constants } from "node:os";
import { expect, it } from "vitest";
import WebSocket from "ws";
import { systemClock } from "../../core/clock/system.ts";
import { layDown } from "../../core/workflow/init.ts";
import { eventually } from "../support/eventually.ts";
import { makeFolder } from "../support/folder.ts";
import { GatewayProcess } from "../support/gatewayProcess.ts";
import { SmallDisk } from "../support/smallDisk.ts";
import { UnkindMachine } from "../support/unkindMachine.ts";
import { ledgerWorkflows } from "./harness/ledgerWorkflows.ts";

const DISK_BYTES = 24 * 1_048_576;
const JSON_BODY = { "content-type": "application/json" };

it("refuses and shows what it cannot store on a full disk, loses nothing, and goes on by itself once there is room", { timeout: 180_000 }, async () => {
  await using ledger = await makeFolder({ ledger: "" });
  await using disk = await SmallDisk.mount(DISK_BYTES);
  await disk.folder.write(ledgerWorkflows);
  await using loom = new GatewayProcess({ home: disk.folder.path, env: { LOOM_TEST_LEDGER: ledger.at("ledger") } });
  await loom.start();
  await eventually(() => ready(loom), Boolean);
  using feed = await storeNews(loom);
  const kept: string[] = [];
  for (let n = 0; n < 5; n++) kept.push((await make(loom, `before ${n}`)).token.id);
  // Under way when the room ends.
  const runs = await Promise.all(Array.from({ length: 4 }, async () => (await run(loom, 2_000)).command.runId));

  disk.fill();
  const refused = await untilRefused(() => make(loom, "while there is room"), (answer) => kept.push(answer.token.id));
  expect(refused).toMatchObject({ status: 503, code: "STORE_UNAVAILABLE" });
  expect(await problemOf(() => run(loom, 0))).toMatchObject({ status: 503, code: "STORE_UNAVAILABLE" });
  expect(await ready(loom)).toBe(false);
  expect((await loom.api("/gateway")).store).toMatchObject({ ok: false, trouble: { code: "STORE_UNAVAILABLE", message: expect.stringContaining("full"), help: expect.any(String) } });
  expect(await metrics(loom)).toContain("\nloom_store_ok 0\n");
  expect((await loom.loom("status")).stdout).toContain("Not everything can be stored: The database says: database or disk is full");
  expect((await loom.loom("doctor")).stdout).toMatch(/The store has been in trouble since .*STORE_UNAVAILABLE/);
  expect(await tokens(loom)).toEqual(kept.toSorted());
  expect((await fetch(`${loom.address}/healthz`)).status).toBe(200);

  disk.empty();
  await eventually(() => ready(loom), Boolean);
  expect((await loom.api("/gateway")).store).toEqual({ ok: true, trouble: null });
  expect(feed.told).toEqual([false, true]);
  kept.push((await make(loom, "after")).token.id);
  await eventually(async () => Promise.all(runs.map((id) => loom.api(`/runs/${id}`))), (all) => all.every(({ status }) => status === "succeeded"));
  expect(await tokens(loom)).toEqual(kept.toSorted());
  const firings = async (): Promise<any[]> => (await loom.all("/strands/ticking/runs")).filter(({ status }) => status === "succeeded");
  const before = (await firings()).length;
  await eventually(firings, (all) => all.length > before + 1);
  await loom.kill("SIGTERM");
  expect(loom.exitCode).toBe(0);
  expect(loom.output.match(/the store is in trouble/g)).toHaveLength(1);
  expect(loom.output.match(/the store is well again/g)).toHaveLength(1);
});

it("leaves nothing of a file for which there is no room where `loom init` lays it down", async () => {
  await using disk = await SmallDisk.mount(1_048_576);
  await disk.folder.write({ "workflows/mine.ts": "" });
  disk.fill();
  await expect(layDown(disk.folder.path)).rejects.toMatchObject({ code: "ENOSPC" });
  expect(await readdir(disk.folder.path)).toEqual(["ballast", "workflows"]);
  disk.empty();
  expect(await layDown(disk.folder.path)).toMatchObject([{ done: "made" }, { done: "made" }]);
});

it("stops in order on a full disk, while a firing waits for room, and while it has not got ready there", { timeout: 180_000 }, async () => {
  await using ledger = await makeFolder({ ledger: "" });
  await using disk = await SmallDisk.mount(DISK_BYTES);
  await disk.folder.write(ledgerWorkflows);
  await using loom = new GatewayProcess({ home: disk.folder.path, env: { LOOM_TEST_LEDGER: ledger.at("ledger") } });
  await loom.start();
  await eventually(() => ready(loom), Boolean);
  disk.fill();
  await untilRefused(() => make(loom, "while there is room"), () => {});
  await eventually(() => overdue(loom), Boolean);
  await loom.kill("SIGTERM");
  expect(loom.exitCode).toBe(0);

  disk.fill();
  await loom.start();
  expect(await loom.loom("status")).toMatchObject({ code: 1 });
  await loom.kill("SIGTERM");
  expect(loom.exitCode).toBe(0);

  await loom.start();
  disk.empty();
  await eventually(() => ready(loom), Boolean);
  await eventually(() => loom.loom("status"), ({ code }) => code === 0);
});

it("does not start on a disk that nobody can write to, says why, and starts once somebody can", { timeout: 120_000 }, async () => {
  await using disk = await SmallDisk.mount(DISK_BYTES);
  await using loom = new GatewayProcess({ home: disk.folder.path });
  await loom.start();
  const { token } = await make(loom, "before");
  await loom.kill("SIGTERM");
  disk.setReadOnly(true);
  await expect(loom.start()).rejects.toThrow(/HOME_UNSAFE: LOOM_HOME cannot be used: EROFS: read-only/);
  disk.setReadOnly(false);
  await loom.start();
  expect(await tokens(loom)).toEqual([token.id]);
});

it.each(["EROFS", "EIO"] as const)("goes on by itself after a disk that answered each change with %s", { timeout: 120_000 }, async (code) => {
  await using home = await makeFolder();
  using machine = new UnkindMachine(home.path);
  await using loom = new GatewayProcess({ home: home.path, env: machine.env });
  await loom.start();
  await eventually(() => ready(loom), Boolean);
  const before = (await make(loom, "before")).token.id;
  machine.be({ writeErrno: constants.errno[code] });
  expect(await problemOf(() => make(loom, "meanwhile"))).toMatchObject({ status: 503, code: "STORE_UNAVAILABLE" });
  expect(await ready(loom)).toBe(false);
  expect(await tokens(loom)).toEqual([before]);
  machine.be({ writeErrno: 0 });
  await eventually(() => ready(loom), Boolean);
  const after = (await make(loom, "after")).token.id;
  expect(await tokens(loom)).toEqual([before, after].sort());
});

async function make(loom: GatewayProcess, name: string): Promise<any> {
  return loom.api("/tokens", { method: "POST", headers: JSON_BODY, body: JSON.stringify({ name }) });
}

async function tokens(loom: GatewayProcess): Promise<string[]> {
  return (await loom.api("/tokens")).items.map(({ id }: { id: string }) => id).sort();
}

async function run(loom: GatewayProcess, ms: number): Promise<any> {
  return loom.api("/strands/asked/run", { method: "POST", headers: JSON_BODY, body: JSON.stringify({ input: { n: 2, ms } }) });
}

/** Asks again and again until it is refused, for the database has some room of its own left. */
async function untilRefused<T>(ask: () => Promise<T>, take: (answer: T) => void): Promise<Problem> {
  for (let n = 0; n < 3_000; n++) {
    try {
      take(await ask());
    } catch (error) {
      return asProblem(error);
    }
  }
  throw new Error("it was never refused");
}

interface Problem {
  readonly status: number;
  readonly code: string;
}

async function problemOf(ask: () => Promise<unknown>): Promise<Problem> {
  return ask().then(() => ({ status: 200, code: "none" }), asProblem);
}

function asProblem(error: unknown): Problem {
  const [, status, text] = /: (\d{3}) (\{.*\})$/s.exec(String(error)) ?? [];
  if (!text) throw error;
  return { status: Number(status), code: (JSON.parse(text) as { code: string }).code };
}

/** Whether a firing waits that was due some seconds ago. */
async function overdue(loom: GatewayProcess): Promise<boolean> {
  const { recent } = await loom.api("/strands/ticking");
  return systemClock.now() - Math.max(0, ...recent.map(({ startedAt }: { startedAt: string | null }) => Date.parse(startedAt ?? ""))) > 3_000;
}

async function ready(loom: GatewayProcess): Promise<boolean> {
  return (await fetch(`${loom.address}/readyz`)).ok;
}

async function metrics(loom: GatewayProcess): Promise<string> {
  return (await fetch(`${loom.address}/metrics`, { headers: { authorization: `Bearer ${loom.token}` } })).text();
}

/** What an open page is told of the store. */
async function storeNews(loom: GatewayProcess): Promise<Disposable & { readonly told: boolean[] }> {
  const socket = new WebSocket(`${loom.address.replace("http", "ws")}/ws/loom`);
  const told: boolean[] = [];
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.once("open", () => socket.send(JSON.stringify({ type: "hello", token: loom.token })));
    socket.on("message", (data: Buffer) => {
      const message = JSON.parse(data.toString()) as { type: string; store?: { ok: boolean } };
      if (message.type === "hello") resolve();
      if (message.type === "store") told.push(message.store!.ok);
    });
  });
  return { told, [Symbol.dispose]: () => socket.close() };
}
