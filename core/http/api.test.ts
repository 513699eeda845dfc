import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { aFailedRun, aRun, aStrand, look, T, withStrands } from "../../test/contract/fixtures.ts";
import { openDoor, type Door } from "../../test/support/door.ts";
import type { SourceRecord } from "../store/contract.ts";
import * as schemas from "./schemas.ts";

let door: Door;
let source: SourceRecord;

beforeAll(async () => {
  door = await openDoor();
  const { store, index } = door;
  source = await withStrands(store, "s:1:a", "s:1:b", "s:1:c");
  await store.runs.observe({ strandId: "s:1:a", at: T, finished: [aRun("one", { startedAt: T - 60_000, finishedAt: T - 59_000 }), aFailedRun("two", { startedAt: T - 30_000, finishedAt: T - 29_000 })] });
  await store.nodes.save({ id: "node-1", name: "mill", hostname: "mill", platform: "linux_x64", loomVersion: "0.0.0", capabilities: [], cpuCores: 2, memGb: 8, startedAt: T, lastHeartbeatAt: T });
  await index.settled();
});
afterAll(() => door[Symbol.asyncDispose]());

describe("strands", () => {
  test("the list holds every strand in its shape", async () => {
    const { status, json, headers } = await door.get("/api/loom/strands");
    expect(status).toBe(200);
    expect(headers["cache-control"]).toBe("no-store");
    expect(schemas.page(schemas.strand).strict().parse(json).items.map((strand) => strand.id)).toEqual(["s:1:a", "s:1:b", "s:1:c"]);
    expect(json.items[0]).toMatchObject({
      status: "failed",
      redRuns: 1,
      freshness: "fresh",
      node: { id: "node-1", name: "mill" },
      source: { plugin: "cron", label: "Ann's cron" },
      nextRunAt: "2026-01-01T00:01:00.000Z",
      nextRunBy: "owner",
      can: { setEnabled: { allowed: true, reason: null }, run: { allowed: false, reason: "it has no such command" } },
    });
  });

  test("the newest runs can be left out of the list, and be had by themselves", async () => {
    const { items } = (await door.get("/api/loom/strands")).json;
    const brief = (await door.get("/api/loom/strands?without=recent")).json.items;
    const runs = schemas.page(schemas.recentRuns).strict().parse((await door.get("/api/loom/recent-runs")).json).items;
    expect(runs[0]!.runs).toHaveLength(2);
    expect(brief.map((strand: object, at: number) => ({ ...strand, recent: runs[at]!.runs }))).toEqual(items);
    const pages = [await door.get("/api/loom/recent-runs?limit=2")];
    pages.push(await door.get(`/api/loom/recent-runs?limit=2&cursor=${pages[0]!.json.next}`));
    expect(pages.flatMap(({ json }) => json.items)).toEqual(runs);
  });

  test("pages follow each other without gap or overlap", async () => {
    const first = await door.get("/api/loom/strands?limit=2");
    const second = await door.get(`/api/loom/strands?limit=2&cursor=${first.json.next}`);
    expect([...first.json.items, ...second.json.items].map((strand) => strand.id)).toEqual(["s:1:a", "s:1:b", "s:1:c"]);
    expect(second.json.next).toBeNull();
  });

  test("the list is narrowed by status, source, node and words", async () => {
    const ids = async (query: string): Promise<string[]> => (await door.get(`/api/loom/strands?${query}`)).json.items.map((strand: { id: string }) => strand.id);
    expect(await ids("status=failed,running")).toEqual(["s:1:a"]);
    expect(await ids("q=1:B")).toEqual(["s:1:b"]);
    expect(await ids("node=mill&q=c")).toEqual(["s:1:c"]);
    expect(await ids("node=elsewhere")).toEqual([]);
    expect(await ids(`source=${source.id}`)).toHaveLength(3);
  });

  test("one strand comes with its next ten firings, of which the first is the owner's own", async () => {
    const { json } = await door.get(`/api/loom/strands/${encodeURIComponent("s:1:a")}`);
    const detail = schemas.strandDetail.strict().parse(json);
    expect(detail.firings).toHaveLength(10);
    expect(detail.firings.map((firing) => firing.by)).toEqual(["owner", ...Array(9).fill("computed")]);
    expect(detail.firings[9]!.at).toBe("2026-01-01T00:10:00.000Z");
    expect(detail.definition).toEqual({ prompt: "hello" });
  });

  test("a strand that left the page keeps its history", async () => {
    await using own = await openDoor();
    const gone = await withStrands(own.store, "s:1:x");
    await own.store.runs.observe({ strandId: "s:1:x", at: T, finished: [aRun("one")] });
    await own.store.strands.applyLook(look(gone, 1, [{ kind: "removed", id: "s:1:x", expected: true }]));
    await own.index.settled();
    expect((await own.get("/api/loom/strands")).json.items).toEqual([]);
    expect((await own.get("/api/loom/strands/s:1:x/runs")).json.items).toHaveLength(1);
    expect((await own.get("/api/loom/strands/s:1:x")).json).toMatchObject({ nextRunAt: null, firings: [], can: { run: { allowed: false } } });
  });

  test("a firing that was computed moves on when it has passed", async () => {
    await using own = await openDoor();
    const cron = await withStrands(own.store);
    const strand = aStrand("s:1:x", { ownerTellsNext: false, schedule: { kind: "cron", expression: "*/5 * * * *", zone: "UTC" } });
    await own.store.strands.applyLook(look(cron, 1, [{ kind: "added", strand }]));
    await own.index.settled();
    const next = async (): Promise<unknown> => (await own.get("/api/loom/strands")).json.items[0].nextRunAt;
    expect(await next()).toBe("2026-01-01T00:05:00.000Z");
    await own.clock.advance(6 * 60_000);
    expect(await next()).toBe("2026-01-01T00:10:00.000Z");
  });

  test("switching and running answer 202 with the command", async () => {
    const enabled = await door.post("/api/loom/strands/s:1:a/enabled", { enabled: false });
    expect(enabled.status).toBe(202);
    expect(schemas.command.strict().parse(enabled.json.command)).toMatchObject({ strandId: "s:1:a", kind: "disable", status: "asked", by: "token" });
    const run = await door.post("/api/loom/strands/s:1:b/run");
    expect([run.status, run.json.command.kind]).toEqual([202, "run"]);
    const listed = await door.get("/api/loom/commands?strand=s:1:b&status=asked,sent");
    expect(listed.json.items.map((command: { id: string }) => command.id)).toEqual([run.json.command.id]);
    expect((await door.get(`/api/loom/commands/${run.json.command.id}`)).json).toEqual(run.json.command);
  });
});

describe("runs", () => {
  test("a strand's runs are listed newest first, and one run has its steps", async () => {
    const { json } = await door.get("/api/loom/strands/s:1:a/runs?limit=1");
    const newest = schemas.page(schemas.run).strict().parse(json).items[0]!;
    expect(newest).toMatchObject({ status: "failed", red: true, durationMs: 1000, code: "timeout" });
    const one = await door.get(`/api/loom/runs/${newest.id}`);
    expect(schemas.runDetail.strict().parse(one.json).steps[0]).toMatchObject({ id: "exec", status: "failed" });
    expect((await door.get(`/api/loom/strands/s:1:a/runs?limit=1&cursor=${json.next}`)).json.items[0]).toMatchObject({ status: "succeeded" });
  });

  test("a red run is acknowledged once", async () => {
    const red = (await door.get("/api/loom/runs?red=true")).json.items;
    expect(red).toHaveLength(1);
    expect((await door.post(`/api/loom/runs/${red[0].id}/ack`)).json).toEqual({ acknowledged: 1 });
    expect((await door.post(`/api/loom/runs/${red[0].id}/ack`)).json).toEqual({ acknowledged: 0 });
    expect((await door.get("/api/loom/runs?red=true")).json.items).toEqual([]);
    expect((await door.get(`/api/loom/runs/${red[0].id}`)).json.acknowledged.by).toBe("token");
  });
});

describe("the rest", () => {
  test("sources, nodes, plugins, events and the gateway have their shapes", async () => {
    const sources = schemas.page(schemas.source).strict().parse((await door.get("/api/loom/sources")).json);
    expect(sources.items).toMatchObject([{ label: "Ann's cron", freshness: "fresh", strands: 3 }]);
    expect(schemas.page(schemas.node).strict().parse((await door.get("/api/loom/nodes")).json).items).toMatchObject([{ self: true, version: "0.0.0" }]);
    expect((await door.get("/api/loom/plugins")).json).toEqual({ items: [], next: null });
    expect((await door.get("/api/loom/gateway")).json).toMatchObject({ name: "loom", feed: door.store.feed, hostZone: "Europe/Berlin" });
  });

  test("events are told in order, page by page", async () => {
    const first = (await door.get("/api/loom/events?limit=2")).json;
    expect(first).toMatchObject({ feed: door.store.feed, pruned: false });
    expect(first.items.map(schemas.event.strict().parse)).toHaveLength(2);
    const rest = (await door.get(`/api/loom/events?after=${first.next}&limit=1000`)).json;
    expect(rest.items[0].seq).toBe(first.items[1].seq + 1);
    expect(rest.items.at(-1).seq).toBe(rest.last);
    expect(rest.next).toBeNull();
    const asked = rest.items.find((event: { type: string }) => event.type === "command.asked");
    if (asked) expect(schemas.command.strict().parse(asked.data).status).toBe("asked");
  });

  test("health needs no credential and says nothing more", async () => {
    expect((await door.get("/healthz", { as: "nobody" })).json).toEqual({ ok: true });
    expect((await door.get("/readyz", { as: "nobody" })).json).toEqual({ ready: true });
    door.services.isReady = false;
    const notReady = await door.get("/readyz", { as: "nobody" });
    expect([notReady.status, notReady.json]).toEqual([503, { ready: false }]);
    door.services.isReady = true;
  });

  test("figures are in Prometheus' format", async () => {
    const { text, headers } = await door.get("/metrics");
    expect(headers["content-type"]).toContain("text/plain; version=0.0.4");
    expect(text).toMatch(/^loom_strands\{status="\w+"\} \d+$/m);
    expect(text).toMatch(/^loom_source_fresh\{source="cron:[^"]+"\} 1$/m);
    expect(text).toMatch(/^process_resident_memory_bytes \d+$/m);
  });
});

describe("mistakes", () => {
  const problem = schemas.problemDetails.strict();

  test("every mistake in a query or body is named", async () => {
    const query = await door.get("/api/loom/strands?limit=0&colour=red");
    expect(query.status).toBe(400);
    expect(query.headers["content-type"]).toBe("application/problem+json; charset=utf-8");
    expect(problem.parse(query.json)).toMatchObject({ code: "BAD_INPUT", problems: [{ path: "limit" }, { path: "colour" }] });
    const body = await door.post("/api/loom/strands/s:1:a/enabled", { enabled: "yes", force: true });
    expect(problem.parse(body.json).problems?.map((p) => p.path)).toEqual(["enabled", "force"]);
    // Of very many mistakes some are told, in brief, and who has shown nothing sends little.
    const wrong = (count: number, length: number): object => Object.fromEntries(Array.from({ length: count }, (_, n) => [`${n}`.padEnd(length, "x"), 1]));
    const many = await door.post("/api/loom/strands/s:1:a/enabled", wrong(40_000, 20));
    expect([many.json.code, many.json.problems.length, many.text.length < 10_000]).toEqual(["BAD_INPUT", 20, true]);
    expect((await door.post("/api/loom/strands/s:1:a/enabled", wrong(2, 400_000))).text.length).toBeLessThan(2_000);
    expect((await door.post("/api/loom/session", wrong(300, 20), { as: "nobody" })).json).toMatchObject({ code: "TOO_LARGE", help: "Send less than 4 KiB." });
    expect((await door.get("/api/loom/strands?limit=1&limit=2")).json.code).toBe("BAD_INPUT");
    expect((await door.get(`/api/loom/strands?${"a=&".repeat(100)}`)).json.detail).toBe("The query has more than 100 keys.");
    expect((await door.get("/api/loom/runs?cursor=%00")).json.code).toBe("BAD_INPUT");
    expect((await door.get("/api/loom/strands?cursor=%21")).json.code).toBe("BAD_INPUT");
  });

  test("what is not there is NOT_FOUND, and a method that is not for an address is named", async () => {
    for (const path of ["/api/loom/strands/nobody", "/api/loom/strands/nobody/runs", "/api/loom/runs/nobody", "/api/loom/commands/nobody", "/api/loom/nothing", "/api/loom/strands/", "/API/loom/strands", "/plugins/x/y"]) {
      const { status, json } = await door.get(path);
      expect([path, status, problem.parse(json).code]).toEqual([path, 404, "NOT_FOUND"]);
    }
    const refused = await door.ask("PUT", "/api/loom/strands");
    expect([refused.status, refused.json.code, refused.headers.allow]).toEqual([405, "METHOD_NOT_ALLOWED", "HEAD, GET"]);
  });

  test("a fault of our own shows nothing but an id", async () => {
    await using broken = await openDoor({ services: { plugins: { list: () => { throw new Error("secret detail"); } } } });
    const { status, text, json } = await broken.get("/api/loom/plugins");
    expect([status, problem.parse(json).code]).toEqual([500, "INTERNAL"]);
    expect(text).not.toContain("secret detail");
  });
});
