import { execFileSync } from "node:child_process";
import { chmod, lchown, mkdir, readdir, readFile, readlink, stat, symlink, truncate, writeFile } from "node:fs/promises";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { makeFolder, type Folder } from "../test/support/folder.ts";
import { ShippedFile } from "../test/support/shipped.ts";

let file: ShippedFile;
let folder: Folder;
beforeAll(async () => void (file = await ShippedFile.load(new URL("file.ts", import.meta.url))));
afterAll(() => file?.[Symbol.asyncDispose]());
beforeEach(async () => void (folder = await makeFolder({ "a.json": '{"a":1}', "a.txt": "grüß dich" })));
afterEach(() => folder[Symbol.asyncDispose]());

const modeOf = async (name: string): Promise<string> => ((await stat(folder.at(name))).mode & 0o777).toString(8);
const write = (name: string, more: object) => file.operate("file.write", { path: folder.at(name), ...more });
const read = (name: string, more: object = {}) => file.operate("file.read", { path: folder.at(name), ...more });

it("reads a file as text, JSON or bytes", async () => {
  expect(await read("a.txt")).toEqual({ is: "completed", data: { bytes: 11, modifiedAt: (await stat(folder.at("a.txt"))).mtime.toISOString(), text: "grüß dich" } });
  expect(await read("a.json", { as: "json" })).toMatchObject({ data: { json: { a: 1 } } });
  expect(await read("a.txt", { as: "base64" })).toMatchObject({ data: { base64: Buffer.from("grüß dich").toString("base64") } });
});

it("says why a file cannot be read", async () => {
  expect(await read("a.txt", { as: "json" })).toMatchObject({ message: `${folder.at("a.txt")} holds no JSON.` });
  expect(await read("a.txt", { maxBytes: 10 })).toMatchObject({ message: `${folder.at("a.txt")} has more than 10 bytes.` });
  expect(await read("a.txt", { maxBytes: 11 })).toMatchObject({ is: "completed" });
  expect(await read("b.txt")).toMatchObject({ message: expect.stringContaining("ENOENT") });
  expect(await read(".")).toMatchObject({ message: expect.stringContaining("is no file") });
  expect(await file.operate("file.read", { path: "a.txt" })).toMatchObject({ code: "STEP_INPUT_INVALID", message: expect.stringContaining("Begin with / or ~/") });
});

it("waits for no pipe and no device, and reads no file without end", async () => {
  execFileSync("mkfifo", [folder.at("pipe")]);
  await symlink("/dev/zero", folder.at("zero"));
  await writeFile(folder.at("endless"), "");
  await truncate(folder.at("endless"), 2 ** 31);
  expect(await read("pipe")).toMatchObject({ message: `${folder.at("pipe")} is no file.` });
  expect(await read("zero")).toMatchObject({ message: `${folder.at("zero")} is no file.` });
  expect(await read("endless")).toMatchObject({ message: expect.stringContaining("has more than") });
});

it("writes text, JSON and bytes, and leaves nothing beside", async () => {
  expect(await write("b.txt", { text: "one" })).toEqual({ is: "completed", data: { path: folder.at("b.txt"), bytes: 3 } });
  await write("b.json", { json: { b: null } });
  await write("b.bin", { base64: "AAEC" });
  expect(await readFile(folder.at("b.txt"), "utf8")).toBe("one");
  expect(await readFile(folder.at("b.json"), "utf8")).toBe('{\n  "b": null\n}\n');
  expect(await readFile(folder.at("b.bin"))).toEqual(Buffer.of(0, 1, 2));
  expect((await readdir(folder.path)).toSorted()).toEqual(["a.json", "a.txt", "b.bin", "b.json", "b.txt"]);
});

it("follows no link that another user has put into a folder like /tmp, neither to read nor to write", async () => {
  const nobody = 65_534;
  for (const name of ["own", "shared"]) await mkdir(folder.at(name));
  await chmod(folder.at("shared"), 0o1777);
  await writeFile(folder.at("own/diary.txt"), "precious");
  for (const [name, target] of [["report.txt", folder.at("own/diary.txt")], ["own", "../own"], ["mine.txt", "../own/diary.txt"]] as const) await symlink(target, folder.at(`shared/${name}`));
  for (const name of ["report.txt", "own"]) await lchown(folder.at(`shared/${name}`), nobody, nobody);
  for (const name of ["report.txt", "own/diary.txt", "own/new/x.txt"]) {
    const refused = { is: "failed", message: expect.stringContaining(`is a link of another user (uid ${nobody}), in a folder where anybody may put one.`) as string };
    expect(await write(`shared/${name}`, { text: "all is well", mkdir: true })).toMatchObject(refused);
    expect(await read(`shared/${name}`)).toMatchObject(refused);
  }
  expect([await readFile(folder.at("own/diary.txt"), "utf8"), await readdir(folder.at("own"))]).toEqual(["precious", ["diary.txt"]]);
  expect(await write("shared/mine.txt", { text: "known" })).toMatchObject({ is: "completed" });
  expect(await readFile(folder.at("own/diary.txt"), "utf8")).toBe("known");
});

it("puts the whole in the place of what was there, whose mode and links stay", async () => {
  await chmod(folder.at("a.txt"), 0o640);
  await symlink("a.txt", folder.at("link"));
  const before = await stat(folder.at("a.txt"));
  await write("link", { text: "new" });
  expect([await readFile(folder.at("a.txt"), "utf8"), await readlink(folder.at("link")), await modeOf("a.txt")]).toEqual(["new", "a.txt", "640"]);
  expect((await stat(folder.at("a.txt"))).ino).not.toBe(before.ino);
  await write("a.txt", { text: "secret", mode: "0600" });
  expect(await modeOf("a.txt")).toBe("600");
});

it("makes folders when asked to, and only then", async () => {
  expect(await write("deep/er/c.txt", { text: "" })).toMatchObject({ message: expect.stringContaining("ENOENT") });
  expect(await write("deep/er/c.txt", { text: "", mkdir: true })).toMatchObject({ is: "completed" });
});

it("leaves everything as it was when it cannot write", async () => {
  await mkdir(folder.at("taken"));
  await writeFile(folder.at("taken/inside"), "");
  expect(await write("taken", { text: "x" })).toMatchObject({ message: expect.stringContaining("is no file") });
  expect((await readdir(folder.path)).toSorted()).toEqual(["a.json", "a.txt", "taken"]);
});

it.each([{ text: "a", json: 1 }, {}, { text: "a", mode: "777x" }, { base64: "no base64!" }])("refuses %j to be written", async (more) => {
  expect(await write("b.txt", more)).toMatchObject({ code: "STEP_INPUT_INVALID" });
});
