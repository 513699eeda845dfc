import { lchownSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { realFolder } from "./realFolder.ts";

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "loom-folder-")));
  mkdirSync(join(root, "a/b/state"), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const link = (target: string, name: string): void => symlinkSync(target, join(root, name));
const leadsTo = async (name: string): Promise<string> => (await realFolder(join(root, name))).path;

test("a path leads where the system says, by links too", async () => {
  link("b/state", "a/relative");
  link(join(root, "a"), "absolute");
  link("../b/../relative", "a/b/up");
  for (const name of ["a/b/state", "a/relative", "absolute/relative", "a/b/up", "absolute/./b/up/"]) expect([name, await leadsTo(name)]).toEqual([name, realpathSync(join(root, name))]);
  expect(await realFolder(join(root, "a"))).toEqual({ path: join(root, "a"), ownerUid: process.getuid!() });
});

test("links that lead to each other lead nowhere, and what is not there is not found", async () => {
  link("two", "one");
  link("one", "two");
  await expect(leadsTo("one")).rejects.toThrow("leads nowhere");
  await expect(leadsTo("none")).rejects.toMatchObject({ code: "ENOENT" });
});

describe.runIf(process.getuid!() === 0)("a link of another user", () => {
  const own = (uid: number, name: string): void => lchownSync(join(root, name), uid, uid);

  test("is followed to a folder of theirs, and to no other", async () => {
    link("a/b/state", "theirs");
    own(4_321, "theirs");
    await expect(leadsTo("theirs")).rejects.toThrow(`${join(root, "theirs")} is a link of user 4321, and leads to a folder of user 0`);
    own(4_321, "a/b/state");
    expect(await realFolder(join(root, "theirs"))).toEqual({ path: join(root, "a/b/state"), ownerUid: 4_321 });
    own(5_432, "a/b/state");
    await expect(leadsTo("theirs")).rejects.toThrow("user 5432");
  });

  test("is followed nowhere else where it lies in the middle", async () => {
    link("a", "middle");
    own(4_321, "middle");
    await expect(leadsTo("middle/b/state")).rejects.toThrow("user 4321");
  });
});
