import { chmod, lchown, mkdir, readdir, readFile, realpath, symlink } from "node:fs/promises";
import { expect, it } from "vitest";
import { makeFolder, type Folder } from "../../test/support/folder.ts";
import { FakeClock } from "../testing/fakeClock.ts";
import { runCommandLine } from "./program.ts";

const WORKFLOW = `import { writeFileSync } from "node:fs"; writeFileSync(new URL("../../ran", import.meta.url), "");`;

async function say(home: string, ...args: string[]): Promise<{ code: number; said: string }> {
  const said: string[] = [];
  const print = (line: string): void => void said.push(line);
  const code = await runCommandLine(["--home", home, ...args], { env: {}, terminal: { out: print, err: print, columns: Infinity, paint: (_, text) => text }, clock: new FakeClock(), version: "0.0.0" });
  return { code, said: said.join("\n") };
}

/** A home whose lock's words lead to a file of ours, as somebody else may have made it. */
async function aHome(): Promise<Folder> {
  const folder = await makeFolder({ diary: "precious", "home/lock.db": "", "home/gateway.json": `{"pid":${process.pid},"address":"http://127.0.0.1:1","startedAt":""}`, "home/workflows/x.ts": WORKFLOW });
  await symlink(folder.at("diary"), folder.at("home/lock.db.holder"));
  return folder;
}

it.each(["status", "doctor", "doctor --security", "check", "config", "backup", "restore x", "init", "start"])("lets `%s` read, run and write nothing in a home where others may write", async (line) => {
  await using folder = await aHome();
  await chmod(folder.at("home"), 0o777);
  const { code, said } = await say(folder.at("home"), ...line.split(" "));
  expect([code, said]).toEqual([1, expect.stringContaining(`HOME_UNSAFE: LOOM_HOME cannot be used: ${await realpath(folder.at("home"))} may be written by other users (mode 777).`)]);
  expect(await readFile(folder.at("diary"), "utf8")).toBe("precious");
  await expect(readFile(folder.at("ran"))).rejects.toThrow("ENOENT");
});

it("looks at where a link leads to, and says of a home that is not there what it always says", async () => {
  await using folder = await aHome();
  await mkdir(folder.at("open"));
  await chmod(folder.at("open"), 0o777);
  await mkdir(folder.at("open/home"), { mode: 0o700 });
  await symlink(folder.at("open/home"), folder.at("link"));
  expect((await say(folder.at("link"), "status")).said).toContain(`HOME_UNSAFE: LOOM_HOME cannot be used: ${folder.at("open")} may be written`);
  expect((await say(folder.at("none"), "status")).said).toContain(`GATEWAY_NOT_RUNNING: No gateway runs on ${folder.at("none")}`);
});

it("begins nothing where there is no home yet and others could make one, but to make one", async () => {
  await using folder = await makeFolder();
  await mkdir(folder.at("tmp"));
  await chmod(folder.at("tmp"), 0o1777);
  await symlink(folder.at("tmp/later"), folder.at("link"));
  for (const [home, why] of [["tmp/home", `${folder.at("tmp")} may be written by other users (mode 777)`], ["tmp/a/home", `${folder.at("tmp")} may be written`], ["link", `${folder.at("link")} is a link that leads to nothing`]] as const) {
    for (const line of ["check", "status", "config", "doctor"]) {
      expect(await say(folder.at(home), line)).toEqual({ code: 1, said: expect.stringContaining(`HOME_UNSAFE: There is no home at ${folder.at(home)}, and others may make one: ${why}`) });
    }
  }
  expect((await say(folder.at("tmp/home"), "init")).code).toBe(0);
  expect((await say(folder.at("tmp/home"), "status")).said).toContain("GATEWAY_NOT_RUNNING");
});

it.each(["init", "start"])("makes nothing with `%s` at a place of others, or where a link of theirs leads", async (line) => {
  await using folder = await makeFolder();
  for (const name of ["open", "ours"]) await mkdir(folder.at(name), { mode: 0o700 });
  await chmod(folder.at("open"), 0o777);
  await symlink(folder.at("ours"), folder.at("theirs"));
  await lchown(folder.at("theirs"), 65_534, 65_534);
  for (const home of ["open/a/home", "theirs/a/home"]) expect((await say(folder.at(home), line)).said).toContain("HOME_UNSAFE: LOOM_HOME cannot be used:");
  expect([await readdir(folder.at("open")), await readdir(folder.at("ours"))]).toEqual([[], []]);
});

it("follows no link of another user's to a home", async () => {
  await using folder = await aHome();
  await symlink(folder.at("home"), folder.at("theirs"));
  await lchown(folder.at("theirs"), 65_534, 65_534);
  for (const line of ["check", "start", "init"]) expect((await say(folder.at("theirs"), line)).said).toContain(`HOME_UNSAFE: LOOM_HOME cannot be used: ${folder.at("theirs")} is a link of another user (uid 65534).`);
  // Nor where a link of our own leads through theirs.
  await symlink("theirs", folder.at("ours"));
  await mkdir(folder.at("below"));
  await symlink("../theirs/workflows", folder.at("below/deeper"));
  for (const home of ["ours", "below/deeper"]) expect((await say(folder.at(home), "check")).said).toContain(`${folder.at("theirs")} is a link of another user (uid 65534).`);
  await symlink("itself", folder.at("itself"));
  expect((await say(folder.at("itself"), "check")).said).toContain("HOME_UNSAFE: LOOM_HOME cannot be used: ELOOP");
  expect(await readdir(folder.at("home/workflows"))).toEqual(["x.ts"]);
  await expect(readFile(folder.at("ran"))).rejects.toThrow("ENOENT");
});
