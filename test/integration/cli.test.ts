import { existsSync, mkdirSync, rmSync, statSync } from "node:fs";
import { chmod } from "node:fs/promises";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { eventually } from "../support/eventually.ts";
import { makeFolder, type Folder } from "../support/folder.ts";
import { GatewayProcess } from "../support/gatewayProcess.ts";

// Each test starts real processes, which takes a starved machine half a minute each.
vi.setConfig({ testTimeout: 300_000 });

/** A scheduler with a job for each way of answering. */
const scheduler = `
import { definePlugin, type ObservedJob, type Source } from "loom-gateway";

const job = (id: string, name: string): ObservedJob => ({ id, name, enabled: true, schedule: { kind: "cron", expression: "0 4 * * *", zone: "UTC" }, steps: [{ id: "exec", label: "EXEC" }], historyMark: null, definition: { id } });
const jobs = new Map([job("obeys-1", "Obeys"), job("refuses-1", "Refuses"), job("hangs-1", "Hangs"), job("twin-aaa", "Twin"), job("twin-bbb", "Twin"), job("rude-1", "\\x1b[2Jrude\\nname")].map((one) => [one.id, one]));

let tired = false;
const source: Source = {
  identity: "test",
  askWaitMs: (_kind, ahead) => (tired ? 60_000 * (ahead + 1) : 0),
  label: "Test scheduler",
  can: { setEnabled: true, runNow: "this scheduler runs nothing by hand" },
  async snapshot() { return { version: "1", jobs: [...jobs.values()] }; },
  async setEnabled(id, enabled, ask) {
    tired = id === "twin-bbb";
    if (id === "refuses-1") return { accepted: false, reason: "not on a Sunday" };
    if (id === "hangs-1") await new Promise((_, reject) => ask.signal.addEventListener("abort", () => reject(ask.signal.reason)));
    jobs.set(id, { ...jobs.get(id)!, enabled });
    return { accepted: true };
  },
};
export default definePlugin({ setup(ctx) { ctx.sources.add(source); } });
`;

let home: Folder;
let gateway: GatewayProcess;

beforeAll(async () => {
  home = await makeFolder({
    "plugins/scheduler/manifest.json": JSON.stringify({ id: "scheduler", name: "Scheduler", version: "1.0.0", apiVersion: "^1.0.0" }),
    "plugins/scheduler/index.ts": scheduler,
  });
  gateway = await GatewayProcess.start({ home: home.path });
  await eventually(
    () => gateway.all("/strands"),
    (strands) => strands.filter(({ kind }) => kind === "mirrored").length === 6,
  );
});

afterAll(async () => {
  await gateway?.[Symbol.asyncDispose]();
  await home?.[Symbol.asyncDispose]();
});

/** Something may change between the two asks: then it is as the API told before or after. */
async function expectJsonAsByApi(list: string): Promise<void> {
  const before = await gateway.api(`/${list}`);
  const printed = JSON.parse((await gateway.loom(list, "--json")).stdout);
  expect([before, await gateway.api(`/${list}`)]).toContainEqual(printed);
}

test("strands are an aligned table, in which a name cannot forge a line", async () => {
  const [{ id: source }] = await gateway.all("/sources");
  const { code, stdout } = await gateway.loom("strands", "--source", source);
  expect(code).toBe(0);
  const lines = stdout.trimEnd().split("\n");
  expect(lines).toHaveLength(7);
  expect(lines[0]).toMatch(/^STRAND +STATUS +NEXT +LAST +SCHEDULE +SOURCE +ID$/);
  expect(stdout).toContain("\\x1b[2Jrude\\nname");
  expect(stdout).not.toContain("\x1b");
  expect(lines.slice(1).map((line) => line.split(" ")[0])).toEqual(["\\x1b[2Jrude\\nname", "Hangs", "Obeys", "Refuses", "Twin", "Twin"]);
  const column = lines[0]!.indexOf("STATUS");
  for (const line of lines.slice(1)) expect(line.slice(column)).toMatch(/^idle /);
});

test("--json prints what the API gives", async () => {
  await expectJsonAsByApi("strands");
});

test("an owner's yes is confirmed, exit 0", async () => {
  const { code, stdout } = await gateway.loom("disable", "Obeys", "--wait");
  expect({ code, stdout }).toEqual({ code: 0, stdout: "confirmed disable Obeys\n" });
  expect((await gateway.all("/strands")).find(({ name }) => name === "Obeys").enabled).toBe(false);
  expect((await gateway.loom("enable", "obeys", "--wait=10")).code).toBe(0);
});

test("an owner's no is refused with its words, exit 3", async () => {
  const { code, stderr } = await gateway.loom("disable", "refuses", "--wait");
  expect({ code, stderr }).toEqual({ code: 3, stderr: "refused disable Refuses: not on a Sunday\n" });
});

test("an owner that is silent is still asked when the wait is over, exit 4", async () => {
  const { code, stdout } = await gateway.loom("disable", "hangs", "--wait=0.2", "--json");
  expect(code).toBe(4);
  const { command } = JSON.parse(stdout);
  expect(command).toMatchObject({ kind: "disable", status: expect.stringMatching(/^(asked|sent)$/) });
  // It reaches its owner, however little of that the wait has seen.
  await eventually(() => gateway.api(`/commands?strand=${encodeURIComponent(command.strandId)}`), ({ items }) => items[0].id === command.id && items[0].sentAt !== null);
});

test("without --wait it returns as soon as the command is stored, exit 0", async () => {
  const { code, stdout } = await gateway.loom("enable", "Obeys");
  expect({ code, stdout }).toEqual({ code: 0, stdout: "asked enable Obeys\n" });
});

test("an id that is not known leads to the list of its own kind", async () => {
  expect((await gateway.loom("withdraw", "x")).stderr).toMatch(/^error NOT_FOUND: There is no command x\.\nCheck the id; `loom enable`.+\n$/);
  expect((await gateway.loom("sources", "accept", "x")).stderr).toMatch(/^error NOT_FOUND: .+\nCheck the id; `loom sources` lists what there is\.\n$/);
});

test("config check has its own help with examples", async () => {
  expect((await gateway.loom("config", "check", "--help")).stdout).toContain("Examples:\n  loom config check");
});

test("what the owner does not offer is an error that says why, exit 1", async () => {
  const { code, stderr } = await gateway.loom("run", "Obeys", "--wait");
  expect(code).toBe(1);
  expect(stderr).toMatch(/^error COMMAND_UNSUPPORTED: this scheduler runs nothing by hand\n.+\n$/);
});

test("an ambiguous name lists the candidates", async () => {
  const { code, stderr } = await gateway.loom("disable", "Twin");
  expect(code).toBe(1);
  expect(stderr).toMatch(/AMBIGUOUS: “Twin” could be any of 2 strands:\n.+twin-aaa {2}Twin\n.+twin-bbb {2}Twin\n/);
  expect((await gateway.loom("enable", "twin-a", "--wait")).code).toBe(0);
});

test("an unknown strand is not found, exit 1; an unknown option is wrong usage, exit 2", async () => {
  expect(await gateway.loom("runs", "nobody")).toMatchObject({ code: 1, stderr: expect.stringContaining("NOT_FOUND") });
  expect(await gateway.loom("strands", "--colour")).toMatchObject({ code: 2 });
  expect(await gateway.loom("strands", "--status", "happy")).toMatchObject({ code: 2 });
  expect(await gateway.loom("enable", "--wait", "Obeys")).toMatchObject({ code: 2 });
});

test("the other lists answer, for people and as JSON", async () => {
  expect((await gateway.loom("sources")).stdout).toMatch(/Test scheduler +fresh/);
  expect((await gateway.loom("plugins")).stdout).toMatch(/scheduler +1\.0\.0 +active +home +1 source/);
  expect((await gateway.loom("status")).stdout).toMatch(/^Loom \d.+\n\d+ strands: .*\d+ idle/);
  expect((await gateway.loom("runs", "Obeys")).stdout).toBe("No runs.\n");
  for (const list of ["sources", "plugins", "runs"]) await expectJsonAsByApi(list);
});

test("open prints a sign-in link that opens a session once", async () => {
  const { stdout } = await gateway.loom("open");
  const code = new URL(stdout.trim()).hash.replace("#sign-in=", "");
  const signIn = async (): Promise<number> =>
    (await fetch(`${gateway.address}/api/loom/session`, { method: "POST", headers: { "content-type": "application/json", origin: gateway.address }, body: JSON.stringify({ code }) })).status;
  expect(await signIn()).toBe(200);
  expect(await signIn()).toBe(401);
});

test("doctor finds the gateway, its plugins and sources", async () => {
  const { code, stdout } = await gateway.loom("doctor");
  expect(stdout).toContain(`✓ The gateway answers at ${gateway.address}`);
  expect(stdout).toContain("✓ plugin scheduler: active");
  expect(stdout).toContain("✓ Test scheduler 1: 6 strands");
  expect(code).toBe(0);
});

test("doctor --security asks the gateway for tokens that may do too much", async () => {
  await gateway.loom("tokens", "add", "forever", "--role", "admin");
  const { code, stdout } = await gateway.loom("doctor", "--security");
  expect([code, stdout]).toEqual([0, expect.stringContaining("! The token forever may do everything, for ever")]);
  expect(stdout).toContain("✓ Only this machine reaches Loom (127.0.0.1)");
  await gateway.loom("tokens", "revoke", "forever");
});

test("doctor --mend closes files that are open to others, and says so", async () => {
  await chmod(`${home.path}/node.json`, 0o644);
  const before = await gateway.loom("doctor");
  expect(before).toMatchObject({ code: 1, stdout: expect.stringMatching(/✗ .+node\.json is open to other users\n +chmod 600 /) });
  const mended = await gateway.loom("doctor", "--mend");
  expect(mended).toMatchObject({ code: 0, stdout: expect.stringMatching(/· .+node\.json is open to other users — mended: chmod 600 /) });
  expect(statSync(`${home.path}/node.json`).mode & 0o777).toBe(0o600);
});

test("doctor tells of a broken plugin once, and what to do", async () => {
  await home.write({ "plugins/broken/manifest.json": '{ "id": "broken", "name": "Broken", "version": "1.0.0" }' });
  // Its manifest may be read half written, which is an error of its own.
  await eventually(() => gateway.all("/plugins"), (plugins) => JSON.stringify(plugins.find(({ id }) => id === "broken")?.error ?? "").includes("apiVersion"));
  const { code, stdout } = await gateway.loom("doctor");
  await home.remove("plugins/broken");
  expect(stdout).toContain("✗ plugin broken: manifest.json is not valid: apiVersion: is missing\n    Mend the plugin's manifest or code");
  expect(code).toBe(1);
});

test("a command that waits for its owner's limit tells how long, and can be withdrawn once", async () => {
  expect(await gateway.loom("disable", "twin-bbb", "--wait")).toMatchObject({ code: 0 });
  const asked = await gateway.loom("disable", "Obeys");
  expect(asked.stdout).toMatch(/^asked disable Obeys \(it waits in its owner's queue, about 1m.*\); loom withdraw \S+ takes it back\n$/);
  const id = /withdraw (\S+)/.exec(asked.stdout)![1]!;
  expect(await gateway.loom("withdraw", id)).toMatchObject({ code: 0, stdout: expect.stringMatching(/^withdrawn disable .+obeys-1\n$/) });
  expect(await gateway.loom("withdraw", id)).toMatchObject({ code: 1, stderr: expect.stringContaining("CONFLICT") });
});

test("a second gateway on the same home names the first", async () => {
  const { code, stderr } = await gateway.loom("start", "--port", "0");
  expect(code).toBe(1);
  expect(stderr).toContain("HOME_IN_USE");
  expect(stderr).toContain(gateway.address);
});

test("a taken port is an error that says what to do, and the process ends", async () => {
  await using own = await makeFolder({});
  const { code, stderr } = await gateway.loom("start", "--home", own.path, "--port", new URL(gateway.address).port);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^error PORT_IN_USE: .+\n.*--port.*\n$/);
});

test("SIGTERM stops it in order: exit 0, gateway.json is gone, the commands say that it is down", async () => {
  await using own = await GatewayProcess.start();
  expect(statSync(`${own.home}/gateway.json`).mode & 0o777).toBe(0o600);
  await own.kill("SIGTERM");
  expect(own.exitCode).toBe(0);
  expect(existsSync(`${own.home}/gateway.json`)).toBe(false);
  expect(await own.loom("status")).toMatchObject({ code: 1, stderr: expect.stringMatching(/^error GATEWAY_NOT_RUNNING: .+\n.*loom start/) });
  const doctor = await own.loom("doctor");
  expect(doctor.stdout).toContain("· The gateway is not running");
  expect(doctor.code).toBe(0);
});

test("SIGTERM stops it in order also where gateway.json cannot be removed, as on a disk that is read-only by then", async () => {
  await using own = await GatewayProcess.start();
  rmSync(`${own.home}/gateway.json`);
  mkdirSync(`${own.home}/gateway.json`);
  await own.kill("SIGTERM");
  expect(own.exitCode).toBe(0);
  expect(own.output).toContain("gateway.json cannot be removed");
});

test("a file left by a gateway that was killed sends the token nowhere", async () => {
  await using own = await GatewayProcess.start();
  await own.kill("SIGKILL");
  expect(await own.loom("strands")).toMatchObject({ code: 1, stderr: expect.stringContaining("No gateway runs on") });
});

test("config names every mistake and where each value comes from", async () => {
  const folder = await makeFolder({ "config.json": '{ "port": 99999, "log": { "level": "loud" } }' });
  await using _folder = folder;
  const check = await gateway.loom("config", "check", "--home", folder.path);
  expect(check.code).toBe(1);
  expect(check.stderr).toMatch(/CONFIG_INVALID[^]*port: [^]*log\.level: /);
  const asJson = await gateway.loom("config", "check", "--json", "--home", folder.path);
  expect(asJson.code).toBe(1);
  expect(JSON.parse(asJson.stdout).items.map(({ path }: { path: string }) => path)).toEqual(["config.json: port", "config.json: log.level"]);
  await folder.write({ "config.json": '{ "port": 8080 }' });
  expect(JSON.parse((await gateway.loom("config", "check", "--json", "--home", folder.path)).stdout)).toEqual({ items: [] });
  expect((await gateway.loom("config", "--home", folder.path)).stdout).toMatch(/port +8080 +config\.json +LOOM_PORT/);
});
