import { printable } from "./text.ts";

/** Colours and the like, which programs print for terminals. */
const STYLES = /\u001b\[[\d;]*m/g;

/** A longer line is shown in parts: one of a progress bar may never end, and each piece of it would be added to all before. */
const LONGEST_LINE = 1_048_576;

/** One line of a program's output, safe to print; tabs stay, colours go. */
export function outputLine(text: string): string {
  return text.replace(/\r$/, "").replace(STYLES, "").split("\t").map(printable).join("\t");
}

/** Cuts what a step prints into lines, which come in pieces. */
export class LineCutter {
  #open = "";

  /** The lines that are complete with this piece. */
  add(text: string): string[] {
    const lines = (this.#open + text).split("\n");
    if (lines.at(-1)!.length <= LONGEST_LINE) this.#open = lines.pop()!;
    else this.#open = "";
    return lines.map(outputLine);
  }

  /** What was left without an end of line. */
  rest(): string[] {
    const open = this.#open;
    this.#open = "";
    return open === "" ? [] : [outputLine(open)];
  }
}
