import { execFileSync } from "node:child_process";
import { chmod, chown, lchown, mkdir, mkdtemp, readFile, readdir, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { hostname, homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { FakeClock } from "../testing/fakeClock.ts";
import { followToken, homePath, openHome, openToken, ownHome } from "./home.ts";
import { openNode } from "./node.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "loom-home-"));
});
afterEach(() => rm(folder, { recursive: true }));

const clock = new FakeClock();
const mode = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8);

test("LOOM_HOME is absolute, and ~/.loom by default", () => {
  expect(homePath({})).toBe(join(homedir(), ".loom"));
  expect(homePath({ LOOM_HOME: "" })).toBe(join(homedir(), ".loom"));
  expect(homePath({ LOOM_HOME: "~/elsewhere" })).toBe(join(homedir(), "elsewhere"));
  expect(homePath({ LOOM_HOME: "/srv/loom" })).toBe("/srv/loom");
});

describe("the home", () => {
  test("is made with its folders, for us alone", async () => {
    const home = await openHome(join(folder, "a", "b"));
    expect((await readdir(home.path)).sort()).toEqual(["operations", "package.json", "plugins", "workflows"]);
    for (const path of [home.path, ...["plugins", "workflows", "operations"].map((name) => home.file(name))]) expect(await mode(path)).toBe("700");
  });

  test("that others could read is closed to them", async () => {
    await mkdir(join(folder, "open"), { mode: 0o755 });
    expect(await mode((await openHome(join(folder, "open"))).path)).toBe("700");
  });

  test("that others may write is refused, also behind a link", async () => {
    const open = join(folder, "open");
    await mkdir(open);
    await chmod(open, 0o770);
    await symlink(open, join(folder, "link"));
    for (const path of [open, join(folder, "link")]) await expect(openHome(path)).rejects.toMatchObject({ code: "HOME_UNSAFE" });
  });

  test.each([
    ["a folder of code", "workflows"],
    ["a file in one", "workflows/parts/late.ts"],
    ["the settings", "config.json"],
    ["compiled code", "cache/v24/a"],
    ["what TypeScript is told", "types/tsconfig.json"],
    ["a link", "operations/link.ts"],
    ["a part of a package", "node_modules/dep/lib/part.js"],
    ["a hidden part of a plugin", "plugins/one/.parts/late.ts"],
    ["a part of a plugin's package", "plugins/one/node_modules/dep/lib/part.js"],
  ])("in which others have left %s is refused, by commands that only read too", async (_, name) => {
    const home = await openHome(join(folder, "home"));
    await mkdir(dirname(home.file(name)), { recursive: true });
    if (name.includes("link")) await symlink("/nowhere", home.file(name));
    else if (name.includes(".") || name.includes("cache")) await writeFile(home.file(name), "{}");
    await lchown(home.file(name), 65_534, 65_534);
    const refused = { code: "HOME_UNSAFE", message: expect.stringContaining(`${home.file(name)} belongs to another user (uid 65534)`) };
    await expect(openHome(home.path)).rejects.toMatchObject(refused);
    await expect(ownHome(home.path)).rejects.toMatchObject(refused);
    await lchown(home.file(name), process.getuid!(), process.getgid!());
    expect((await openHome(home.path)).path).toBe(home.path);
  });

  test.each([
    ["its start", openHome],
    ["a command that only reads", ownHome],
  ])("whose folders others could write who are in them already is closed to them by %s", async (_, use) => {
    const home = await openHome(join(folder, "home"));
    await mkdir(home.file("workflows/parts"));
    await writeFile(home.file("workflows/a.ts"), "");
    for (const name of ["workflows", "workflows/parts", "workflows/a.ts"]) await chmod(home.file(name), 0o777);
    await use(home.path);
    for (const name of ["workflows", "workflows/parts", "workflows/a.ts"]) expect(await mode(home.file(name))).toBe("755");
  });

  test("leaves alone what lies in a plugin that others may write, which is refused when it is loaded", async () => {
    const home = await openHome(join(folder, "home"));
    await mkdir(home.file("plugins/one/node_modules"), { recursive: true });
    for (const name of ["plugins/one", "plugins/one/node_modules"]) await chmod(home.file(name), 0o777);
    await openHome(home.path);
    for (const name of ["plugins/one", "plugins/one/node_modules"]) expect(await mode(home.file(name))).toBe("777");
  });

  test.runIf(process.getuid?.() === 0)("leaves to root what is root's and anybody could write, such as a folder that is mounted read-only", async () => {
    const home = await openHome(join(folder, "home"));
    await writeFile(home.file("workflows/a.ts"), "");
    for (const name of ["workflows", "workflows/a.ts"]) await chmod(home.file(name), 0o777);
    vi.spyOn(process, "getuid").mockReturnValue(65_534);
    await openHome(home.path);
    expect(await mode(home.file("workflows/a.ts"))).toBe("777");
  });

  test("may hold links of ours to folders and packages of others, which are looked at when something is loaded from there", async () => {
    const home = await openHome(join(folder, "home"));
    await mkdir(join(folder, "theirs"));
    await chown(join(folder, "theirs"), 65_534, 65_534);
    await symlink(join(folder, "theirs"), home.file("cache"));
    expect((await openHome(home.path)).path).toBe(home.path);
  });

  test("that is a file, or would lie below one, is refused in words", async () => {
    await writeFile(join(folder, "file"), "");
    await expect(openHome(join(folder, "file"))).rejects.toMatchObject({ code: "HOME_UNSAFE", message: expect.stringContaining("file is not a folder") });
    await expect(openHome(join(folder, "file", "home"))).rejects.toMatchObject({ code: "HOME_UNSAFE", message: expect.stringContaining("ENOTDIR") });
  });

  test("under a folder that others may write is refused", async () => {
    await chmod(folder, 0o777);
    await expect(openHome(join(folder, "home"))).rejects.toMatchObject({ code: "HOME_UNSAFE" });
  });
});

describe("the token", () => {
  test("that is followed is read again when its file changes in place, is replaced or is gone", async () => {
    const home = await openHome(join(folder, "home"));
    const token = followToken(home);
    const [first, other, third] = [await token(), "a".repeat(43), "b".repeat(43)];
    expect(await token()).toBe(first);
    await writeFile(home.file("token"), `${other}\n`);
    expect(await token()).toBe(other);
    await writeFile(home.file("draft"), `${third}\n`);
    await rename(home.file("draft"), home.file("token"));
    expect(await token()).toBe(third);
    await rm(home.file("token"));
    const made = await token();
    expect([first, other, third]).not.toContain(made);
    expect(await token()).toBe(made);
    await writeFile(home.file("token"), "no token");
    expect(await token()).toBe("");
    await expect(openToken(home)).rejects.toMatchObject({ code: "HOME_UNSAFE" });
  });

  test("that is followed and can be neither read nor made is the disk's trouble, not a fault, and is there again after it", async () => {
    const home = await openHome(join(folder, "home"));
    const token = followToken(home);
    await mkdir(home.file("token"));
    await expect(token()).rejects.toMatchObject({ code: "STORE_UNAVAILABLE", message: "Loom can neither read nor make its token: EISDIR." });
    await rm(home.file("token"), { recursive: true });
    expect(await token()).toMatch(/^[\w-]{43}$/);
    expect((await readdir(home.path)).filter((name) => name.startsWith("token"))).toEqual(["token"]);
  });

  test("is told to who hides it, each time that there is another", async () => {
    const home = await openHome(join(folder, "home"));
    const learned: string[] = [];
    const token = followToken(home, (made) => learned.push(made));
    const first = await token();
    await token();
    await rm(home.file("token"));
    const second = await token();
    expect([[...new Set(learned)], first === second]).toEqual([[first, second], false]);
  });

  test("is 32 random bytes, for us alone, and stays the same", async () => {
    const home = await openHome(join(folder, "home"));
    const token = await openToken(home);
    expect(Buffer.from(token, "base64url")).toHaveLength(32);
    expect(await mode(home.file("token"))).toBe("600");
    expect(await openToken(home)).toBe(token);
  });

  test("is one, however many make it at once", async () => {
    const home = await openHome(join(folder, "home"));
    const tokens = await Promise.all(Array.from({ length: 20 }, () => openToken(home)));
    expect(new Set(tokens).size).toBe(1);
    expect((await readdir(home.path)).filter((name) => name.startsWith("token"))).toEqual(["token"]);
  });

  test("that is not one of ours is refused", async () => {
    const home = await openHome(join(folder, "home"));
    await writeFile(home.file("token"), "");
    await expect(openToken(home)).rejects.toMatchObject({ code: "HOME_UNSAFE" });
  });
});

test.each(["token", "node.json"])("a pipe in the place of %s is refused and named", async (name) => {
  const home = await openHome(join(folder, "home"));
  execFileSync("mkfifo", [home.file(name)]);
  await expect(name === "token" ? openToken(home) : openNode(home, clock)).rejects.toMatchObject({ code: "HOME_UNSAFE", message: `${home.file(name)} cannot be read: it is not a file.` });
});

describe("the node", () => {
  test("gets an id and the host's name once, for ever", async () => {
    const home = await openHome(join(folder, "home"));
    const node = await openNode(home, clock);
    expect(node.name).toBe(hostname());
    expect(JSON.parse(await readFile(home.file("node.json"), "utf8"))).toEqual(node);
    expect(await mode(home.file("node.json"))).toBe("600");
    expect(await openNode(home, clock)).toEqual(node);
  });

  test("keeps its id when its name is edited", async () => {
    const home = await openHome(join(folder, "home"));
    const { id } = await openNode(home, clock);
    await writeFile(home.file("node.json"), JSON.stringify({ id, name: "attic" }));
    expect(await openNode(home, clock)).toEqual({ id, name: "attic" });
  });

  test.each(["", "{", "{}", '{"id":"x","name":"y"}'])("is never made anew over a broken file (%s)", async (text) => {
    const home = await openHome(join(folder, "home"));
    await writeFile(home.file("node.json"), text);
    await expect(openNode(home, clock)).rejects.toMatchObject({ code: "CONFIG_INVALID" });
    expect(await readFile(home.file("node.json"), "utf8")).toBe(text);
  });
});
