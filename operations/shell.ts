import { defineOperation } from "loom-gateway";
import * as z from "zod";

export const operation = defineOperation({
  id: "shell.exec",
  label: "SHELL",
  description: "Runs a command, by the shell or without one. It fails when the exit code is not 0.",
  // Nobody knows what the command had done when it was interrupted.
  afterCrash: "fail",
  input: z
    .strictObject({
      command: z.string().min(1).optional().describe("A line for the shell: pipes, globs and variables work."),
      args: z.array(z.string()).min(1).optional().describe("A program and its arguments, which reach it as they are, without a shell."),
      cwd: z.string().min(1).optional().describe("The folder in which it runs."),
      env: z.record(z.string(), z.string()).default({}).describe("Variables, by their names, besides those that every program gets."),
      passEnv: z.array(z.string().regex(/^[A-Za-z_]\w*$/, "Name an environment variable")).default([]).describe("Names of variables of Loom's own environment that it gets too: secrets are handed over so."),
      stdin: z.string().optional().describe("Its standard input. Default: empty."),
      timeoutMs: z.int().min(1).max(604_800_000).optional().describe("The longest that it may take, a week at most. Default: as long as the step may."),
      anyExit: z.boolean().default(false).describe("It may end with any exit code."),
      tail: z.int().min(0).max(100_000).default(16_384).describe("So many characters from the end of its output and of its errors are in the result."),
    })
    .refine(({ command, args }) => (command === undefined) !== (args === undefined), "Give command or args."),
  async run({ command, args, cwd, env, passEnv, stdin, timeoutMs, anyExit, tail }, ctx) {
    const [program, ...rest] = args ?? ["sh", "-c", command!];
    const late = timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs);
    try {
      const passed = Object.fromEntries(passEnv.map((name) => [name, process.env[name]]));
      const { exitCode, stdout, stderr } = await ctx.run(program!, rest, { env: { ...passed, ...env }, anyExit, ...(cwd !== undefined && { cwd }), ...(stdin !== undefined && { stdin }), ...(late && { signal: late }) });
      return { exitCode, stdout: endOf(stdout, tail), stderr: endOf(stderr, tail) };
    } catch (error) {
      throw late?.aborted && !ctx.signal.aborted ? new Error(`It did not end within ${timeoutMs} ms, and was stopped.`) : error;
    }
  },
});

function endOf(text: string, most: number): string {
  return text.length > most ? text.slice(text.length - most) : text;
}
