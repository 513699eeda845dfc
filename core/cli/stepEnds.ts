import type { Terminal } from "./terminal.ts";
import { printable } from "./text.ts";

/** What is said of a step in each state; of the others nothing is. */
const SAID: Readonly<Record<string, string>> = {
  retrying: "failed, and is tried again",
  completed: "completed",
  failed: "failed",
  failed_crash: "crashed",
  skipped: "skipped",
};

/** Tells how steps end, each end once, whether it comes as an event or is found when the run is read. */
export class StepEnds {
  readonly #terminal: Terminal;
  readonly #told = new Map<string, unknown>();

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  tell(step: string, { status, reason, error }: { readonly status?: unknown; readonly reason?: unknown; readonly error?: unknown }): void {
    const said = SAID[String(status)];
    if (this.#told.get(step) === status) return;
    this.#told.set(step, status);
    if (said === undefined) return;
    const why = typeof error === "string" ? `: ${error.split("\n", 1)[0]}` : typeof reason === "string" ? ` (${reason})` : "";
    this.#terminal.out(this.#terminal.paint("dim", printable(`${step}  ${said}${why}`)));
  }
}
