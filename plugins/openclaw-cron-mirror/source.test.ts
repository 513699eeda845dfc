import { once } from "node:events";
import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Snapshot } from "loom-gateway";
import { quietLog } from "loom-gateway/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { WebSocketServer } from "ws";
import { eventually } from "../../test/support/eventually.ts";
import { systemClock } from "../../test/support/openclaw.ts";
import { configSchema } from "./config.ts";
import { findInstances } from "./discover.ts";
import { OpenClawSource } from "./source.ts";

type Full = Exclude<Snapshot, { unchanged: true }>;

const job = (name: string): object => ({ id: "a", name, enabled: true, schedule: { kind: "every", everyMs: 60_000 }, state: { lastRunAtMs: 5, lastRunStatus: "ok" } });

let home: string;
let stop: AbortController;
let gateway: WebSocketServer | null;
beforeEach(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), "loom-source-")));
  mkdirSync(join(home, "cron"));
  stop = new AbortController();
  gateway = null;
});
afterEach(async () => {
  stop.abort();
  await silence();
  rmSync(home, { recursive: true, force: true });
});

/** A gateway that says which release it is, and has one job, on the port that the folder's configuration names. */
async function answerAs(version: string): Promise<void> {
  await silence();
  const server = (gateway = new WebSocketServer({ port: 0, host: "127.0.0.1" }));
  const answers: Record<string, object> = {
    "connect": { type: "hello-ok", protocol: version < "2026.5.12" ? 3 : 4, server: { version }, auth: { scopes: ["operator.read"] } },
    "cron.status": { enabled: true },
    "cron.list": { jobs: [job("by gateway")], total: 1, hasMore: false },
  };
  server.on("connection", (socket) => {
    socket.on("error", () => {});
    socket.on("message", (data) => {
      const { id, method } = JSON.parse(String(data)) as { id: string; method: string };
      socket.send(JSON.stringify({ type: "res", id, ok: true, payload: answers[method] ?? {} }));
    });
    socket.send(JSON.stringify({ type: "event", event: "connect.challenge", payload: { nonce: "n" } }));
  });
  await once(server, "listening");
  configure((server.address() as AddressInfo).port);
}

async function silence(): Promise<void> {
  if (!gateway) return;
  for (const client of gateway.clients) client.terminate();
  await new Promise((resolve) => gateway!.close(resolve));
  gateway = null;
}

/** @param lastTouchedVersion who wrote the configuration last */
function configure(port: number, lastTouchedVersion?: string): void {
  writeFileSync(join(home, "openclaw.json"), JSON.stringify({ gateway: { port, auth: { mode: "none" } }, ...(lastTouchedVersion && { meta: { lastTouchedVersion } }) }));
}

const keepFiles = (): void => writeFileSync(join(home, "cron", "jobs.json"), JSON.stringify({ version: 1, jobs: [job("by files")] }));
const keepTwoFiles = (): void => {
  writeFileSync(join(home, "cron", "jobs.json"), JSON.stringify({ version: 1, jobs: [{ ...job("by files"), state: {} }] }));
  writeFileSync(join(home, "cron", "jobs-state.json"), JSON.stringify({ version: 1, jobs: { a: { state: {} } } }));
};

async function connected(): Promise<OpenClawSource> {
  const [instance] = await findInstances(configSchema.parse({ instances: [{ stateDir: home }] }), { env: {}, home: "/nonexistent" });
  return new OpenClawSource(instance!, { clock: systemClock, log: quietLog, signal: stop.signal, hostZone: "UTC" });
}

const look = (source: OpenClawSource): Promise<Full> => source.snapshot({ revision: null, signal: stop.signal }) as Promise<Full>;
const shown = async (source: OpenClawSource): Promise<string> => (await look(source)).jobs[0]!.name;

test("a gateway from 2026.5.28 on is read, whatever files lie there", async () => {
  keepFiles();
  await answerAs("2026.5.28");
  const source = await connected();
  expect(await shown(source)).toBe("by gateway");
  expect(source.can).toEqual({ setEnabled: true, runNow: true });
});

test("beside an older gateway the files are read, and nothing can be asked", async () => {
  keepTwoFiles();
  await answerAs("2026.5.7");
  const source = await connected();
  expect(await look(source)).toMatchObject({ version: expect.stringMatching(/^2026\.5\.7, read from its files/) as string, schedulerOn: true, jobs: [{ name: "by files" }] });
  expect(source.can.runNow).toContain("Update it");
  const ask = { by: "a test", definition: {}, signal: stop.signal };
  expect(await source.runNow("a", ask)).toEqual({ accepted: false, reason: source.can.runNow });
  expect(await source.setEnabled("a", false, ask)).toEqual({ accepted: false, reason: source.can.setEnabled });
});

test("a newer gateway that falls silent is stale, whatever files lie there", async () => {
  keepFiles();
  await answerAs("2026.9.6");
  const source = await connected();
  await look(source);
  await silence();
  await eventually(() => look(source).catch((error: { trouble: string }) => error.trouble), (answer) => answer === "unreachable");
  await expect(look(source)).rejects.toMatchObject({ trouble: "unreachable" });
});

test("an older gateway that falls silent leaves its files, and a scheduler that is off", async () => {
  keepTwoFiles();
  await answerAs("2026.5.7");
  const source = await connected();
  await look(source);
  await silence();
  const off = await eventually(() => look(source), ({ schedulerOn }) => schedulerOn === false);
  expect(off.jobs).toMatchObject([{ name: "by files" }]);
});

test.each([
  ["the layout says that it is an older release's", keepFiles, undefined, true],
  ["the configuration says so", keepTwoFiles, "2026.4.20", true],
  ["it may be a newer release's", keepTwoFiles, undefined, false],
  ["the configuration says that it is", keepFiles, "2026.9.6", false],
] as const)("where nobody has answered yet and %s, the files are read: %4$s", async (_what, keep, version, read) => {
  keep();
  configure(9, version);
  const source = await connected();
  if (read) expect(await shown(source)).toBe("by files");
  else await expect(look(source)).rejects.toMatchObject({ trouble: "unreachable" });
});

test("an update in place is followed: from the files, over a time in which nothing can be read, to the gateway", async () => {
  keepFiles();
  await answerAs("2026.4.15");
  const source = await connected();
  source.watch(() => {}, stop.signal);
  const before = await look(source);
  await silence();
  renameSync(join(home, "cron", "jobs.json"), join(home, "cron", "jobs.json.migrated"));
  await expect(look(source)).rejects.toMatchObject({ trouble: "unreachable", message: expect.stringContaining("is gone") as string });
  await answerAs("2026.9.6");
  const after = await eventually(() => look(source).catch(() => null), (seen) => seen !== null);
  expect(after!.jobs).toEqual([{ ...before.jobs[0], name: "by gateway", definition: { ...before.jobs[0]!.definition, name: "by gateway" } }]);
  expect(source.can.runNow).toBe(true);
});
