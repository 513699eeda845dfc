import { fstatSync } from "node:fs";
import { styleText } from "node:util";

export type Colour = "red" | "green" | "yellow" | "blue" | "dim" | "bold";

/** Where the command line writes to, and how much it may decorate. */
export interface Terminal {
  /** Writes a line to stdout. */
  out(line: string): void;
  /** Writes a line to stderr. */
  err(line: string): void;
  /** Width in columns; Infinity where nobody looks at lines being cut, as in a pipe. */
  readonly columns: number;
  /** Wraps the text in a colour where colours are wanted. */
  paint(colour: Colour, text: string): string;
}

/** The terminal of this process. Colours need a TTY and honour NO_COLOR. */
export function processTerminal(env: NodeJS.ProcessEnv): Terminal {
  const { stdout, stderr } = process;
  const colours = stdout.isTTY === true && !env.NO_COLOR && env.TERM !== "dumb";
  return {
    out: (line) => void stdout.write(`${line}\n`),
    err: (line) => void stderr.write(`${line}\n`),
    columns: stdout.isTTY ? stdout.columns : Infinity,
    paint: (colour, text) => (colours ? styleText(colour, text, { validateStream: false }) : text),
  };
}

/**
 * Whether what is written there stays, where others may read it for long: a file, or the journal of systemd.
 * @param fd stdout
 */
export function isKept(env: NodeJS.ProcessEnv, fd = 1): boolean {
  const out = fstatSync(fd, { bigint: true });
  return out.isFile() || env.JOURNAL_STREAM === `${out.dev}:${out.ino}`;
}
