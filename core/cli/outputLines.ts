import { printable } from "./text.ts";

/** Colours and the like, which programs print for terminals. */
const STYLES = /\u001b\[[\d;]*m/g;

/** Of a step no more is kept. A longer line, as of a progress bar that never ends, is shown in parts. */
const LONGEST_LINE = 16 * 1_048_576;

/** One line of a program's output, safe to print; tabs stay, colours go. */
export function outputLine(text: string): string {
  return text.replace(/\r$/, "").replace(STYLES, "").split("\t").map(printable).join("\t");
}

/** Cuts what a step prints into lines, which come in pieces. */
export class LineCutter {
  #open = "";

  /** The lines that are complete with this piece. */
  add(text: string): string[] {
    const whole = this.#open + text;
    // Looked through once, when it ends: each piece of a long line would else cost as much as all before it.
    if (!text.includes("\n") && whole.length <= LONGEST_LINE) {
      this.#open = whole;
      return [];
    }
    const lines = whole.split("\n");
    this.#open = lines.at(-1)!.length <= LONGEST_LINE ? lines.pop()! : "";
    return lines.map(outputLine);
  }

  /** What was left without an end of line. */
  rest(): string[] {
    const open = this.#open;
    this.#open = "";
    return open === "" ? [] : [outputLine(open)];
  }
}
