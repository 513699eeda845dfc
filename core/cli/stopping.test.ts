import { execFileSync, spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { expect, it, onTestFinished } from "vitest";
import { makeFolder } from "../../test/support/folder.ts";
import { FakeClock } from "../testing/fakeClock.ts";
import { stopOnSignal } from "./stopping.ts";

/** A process that a test sends signals to, and that tells how it was ended. */
function scripted() {
  const clock = new FakeClock();
  const signals = new EventEmitter();
  const seen: string[] = [];
  const stopping = stopOnSignal({ clock, signals, tell: (line) => seen.push(line), end: (signal, number) => seen.push(`${signal} ${number}`) });
  return { clock, stopping, seen, send: (signal: string, number: number) => signals.emit(signal, signal, number) };
}

/** What becomes of a process that reads a pipe into which nobody writes, and gets these signals. */
async function readerOfPipe(onceAsked: string, ...signals: NodeJS.Signals[]): Promise<{ signal: string | null; said: string }> {
  await using folder = await makeFolder();
  execFileSync("mkfifo", [folder.at("pipe")]);
  const from = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);
  const program = `
    import { readFile } from "node:fs/promises";
    import { systemClock } from ${from("../clock/system.ts")};
    import { stopOnSignal } from ${from("./stopping.ts")};
    const stopping = stopOnSignal({ clock: systemClock, tell: (line) => console.error(line) });
    void readFile(${JSON.stringify(folder.at("pipe"))});
    console.log("it reads");
    await stopping.asked;
    ${onceAsked}`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], { stdio: ["ignore", "pipe", "pipe"] });
  // Also where it does not end, and the test does.
  onTestFinished(() => void child.kill("SIGKILL"));
  const over = once(child, "close");
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => void (said += chunk.toString()));
  await once(child.stdout, "data");
  for (const signal of signals) child.kill(signal);
  const [, signal] = (await over) as [number | null, string | null];
  return { signal, said };
}

it("the first signal asks for a stop, and the second ends the process as it would have", async () => {
  const { clock, stopping, seen, send } = scripted();
  send("SIGINT", 2);
  await stopping.asked;
  await clock.advance(59_999);
  expect(seen).toEqual([]);
  send("SIGTERM", 15);
  expect(seen).toEqual(["SIGTERM 15"]);
});

it("a stop that does not come to its end is ended after a minute", async () => {
  const { clock, seen, send } = scripted();
  send("SIGTERM", 15);
  await clock.advance(60_000);
  expect(seen).toEqual(["Loom has not stopped within 60 s, and is ended.", "SIGTERM 15"]);
});

it("without a signal nothing is ended", async () => {
  const { clock, stopping, seen } = scripted();
  stopping.over();
  await clock.advance(120_000);
  expect(seen).toEqual([]);
});

it("a process that has stopped ends although a read never comes back", async () => {
  const { signal, said } = await readerOfPipe("stopping.over();", "SIGTERM");
  expect(signal).toBe("SIGTERM");
  expect(said).toContain("Loom has stopped, and is ended");
});

it("the second signal ends a process although a read never comes back", async () => {
  // Two that differ: the same one twice may be heard as one. Which is heard first is the system's.
  expect(await readerOfPipe("", "SIGINT", "SIGTERM")).toEqual({ signal: expect.stringMatching(/^SIG(?:INT|TERM)$/), said: "" });
});
