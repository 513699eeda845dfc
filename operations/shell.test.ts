import type { Json } from "loom-gateway";
import { afterAll, beforeAll, expect, it } from "vitest";
import { makeFolder } from "../test/support/folder.ts";
import { ShippedFile } from "../test/support/shipped.ts";

let file: ShippedFile;
beforeAll(async () => void (file = await ShippedFile.load(new URL("shell.ts", import.meta.url))));
afterAll(() => file?.[Symbol.asyncDispose]());

const exec = (input: Parameters<ShippedFile["operate"]>[1], on = {}) => file.operate("shell.exec", input, on);

it("runs a line by the shell, in a folder, with an environment and an input", async () => {
  await using folder = await makeFolder({ "a.txt": "", "b.txt": "" });
  const outcome = await exec({ command: "cat; echo *.txt $FRUIT; echo no >&2", cwd: folder.path, env: { FRUIT: "pear" }, stdin: "in\n" });
  expect(outcome).toEqual({ is: "completed", data: { exitCode: 0, stdout: "in\na.txt b.txt pear\n", stderr: "no\n" } });
});

it("passes on those variables of Loom's own that are named", async () => {
  // Which every program that Vitest starts has.
  const command = "echo $VITEST";
  expect(await exec({ command })).toMatchObject({ data: { stdout: "\n" } });
  expect(await exec({ command, passEnv: ["VITEST", "NO_SUCH"] })).toMatchObject({ data: { stdout: "true\n" } });
  expect(await exec({ command, passEnv: ["A B"] })).toMatchObject({ code: "STEP_INPUT_INVALID" });
});

it("hands arguments to a program as they are", async () => {
  const awkward = ["$(id)", "`id`", "a;b", "*", "-n", "", "a b\n"];
  expect(await exec({ args: ["printf", "[%s]", ...awkward] })).toMatchObject({ data: { stdout: awkward.map((arg) => `[${arg}]`).join("") } });
});

it("shows what it prints as it comes, and keeps the end", async () => {
  let printed = "";
  const outcome = await exec({ command: "seq 1 1000", tail: 9 }, { output: (_: string, text: string) => void (printed += text) });
  expect(outcome).toMatchObject({ data: { stdout: "999\n1000\n" } });
  expect(printed.split("\n").length).toBe(1001);
});

it("fails with another exit code than 0, unless any will do", async () => {
  expect(await exec({ command: "echo broken >&2; exit 3" })).toMatchObject({ is: "failed", code: "STEP_THREW", message: "sh ended with exit code 3: broken" });
  expect(await exec({ command: "exit 3", anyExit: true })).toMatchObject({ is: "completed", data: { exitCode: 3 } });
  expect(await exec({ args: ["no-such-program"] })).toMatchObject({ message: expect.stringContaining("ENOENT") });
});

it("stops what takes too long", async () => {
  // The second leaves behind what keeps its output open.
  for (const command of ["sleep 600", "sleep 600 & exit 0"]) expect(await exec({ command, timeoutMs: 50 })).toMatchObject({ message: "It did not end within 50 ms, and was stopped." });
});

it("takes a week at most for the longest that it may take, as a step does", async () => {
  expect(await exec({ command: "sleep 0.1", timeoutMs: 604_800_000 })).toMatchObject({ is: "completed" });
  expect(await exec({ command: "sleep 0.1", timeoutMs: 2 ** 31 })).toMatchObject({ code: "STEP_INPUT_INVALID" });
});

it.each<Json>([{}, { command: "a", args: ["b"] }, { command: "" }, { args: [] }])("refuses %j as its input", async (input) => {
  expect(await exec(input)).toMatchObject({ code: "STEP_INPUT_INVALID" });
});
