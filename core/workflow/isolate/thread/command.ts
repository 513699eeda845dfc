import { spawn, type ChildProcess } from "node:child_process";
import { StringDecoder } from "node:string_decoder";
import type { Timer } from "../../../clock/clock.ts";
import { systemClock } from "../../../clock/system.ts";
import type { CommandOutput, RunOptions } from "../../contract.ts";

/** A program that was asked to stop may take so long. */
const LEAVE_MS = 5_000;
/** Of what a program prints, so many characters are kept for its caller: the last ones. */
const MOST_KEPT = 4_194_304;

/**
 * Runs a program with this environment, without a shell between, and answers when it has ended. With the signal it gets SIGTERM, and SIGKILL where it stays.
 * @param print takes what it prints, as it comes
 * @throws when it cannot be started, ends with another code than 0, or was stopped: the signal's reason then
 */
export async function runCommand(
  command: string,
  args: readonly string[],
  { cwd, env = {}, stdin, anyExit = false }: RunOptions,
  signal: AbortSignal,
  print: (stream: "stdout" | "stderr", text: string) => void,
): Promise<CommandOutput> {
  signal.throwIfAborted();
  const child = spawn(command, args, { stdio: [stdin === undefined ? "ignore" : "pipe", "pipe", "pipe"], ...(cwd !== undefined && { cwd }), env: { ...env } });
  const [stdout, stderr] = (["stdout", "stderr"] as const).map((stream) => keep(child, stream, print)) as [() => string, () => string];
  // A program may end without having read what it was given.
  child.stdin?.on("error", () => {});
  child.stdin?.end(stdin);
  const exitCode = await endOf(child, command, signal);
  if (exitCode !== 0 && !anyExit) throw new Error(`${command} ended with exit code ${exitCode}${lastLine(stderr())}`);
  return { exitCode, stdout: stdout(), stderr: stderr() };
}

async function endOf(child: ChildProcess, command: string, signal: AbortSignal): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  let late: Timer | null = null;
  const stop = (): void => {
    // What it left behind may keep its output open, and `close` from coming.
    if (child.exitCode !== null || child.signalCode !== null) return reject(signal.reason);
    child.kill("SIGTERM");
    late = systemClock.timer(LEAVE_MS, () => child.kill("SIGKILL"));
  };
  signal.addEventListener("abort", stop, { once: true });
  child.once("error", (error) => reject(signal.aborted ? signal.reason : error));
  // What it printed is complete with `close`; but a program that it left behind may keep that from coming.
  child.once("exit", () => signal.aborted && reject(signal.reason));
  child.once("close", (code, by) => {
    if (signal.aborted) reject(signal.reason);
    else if (code === null) reject(new Error(`${command} was ended by ${by}`));
    else resolve(code);
  });
  try {
    return await promise;
  } finally {
    signal.removeEventListener("abort", stop);
    (late as Timer | null)?.cancel();
  }
}

function keep(child: ChildProcess, stream: "stdout" | "stderr", print: (stream: "stdout" | "stderr", text: string) => void): () => string {
  const decoder = new StringDecoder("utf8");
  let kept = "";
  child[stream]!.on("data", (bytes: Buffer) => {
    const text = decoder.write(bytes);
    print(stream, text);
    kept += text;
    if (kept.length > 2 * MOST_KEPT) kept = kept.slice(-MOST_KEPT);
  });
  return () => kept.slice(-MOST_KEPT);
}

function lastLine(text: string): string {
  const line = text.trim().split("\n").at(-1);
  return line ? `: ${line}` : "";
}
