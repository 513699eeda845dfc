import { cut, printable, widthOf } from "./text.ts";
import type { Colour, Terminal } from "./terminal.ts";

export interface Cell {
  readonly text: string;
  readonly colour?: Colour | undefined;
}

export interface Column<Row> {
  readonly title: string;
  /** What to show; the text may come from anywhere, since the table escapes it. */
  readonly cell: (row: Row) => string | Cell;
  readonly align?: "right";
  /** This column gives way when the terminal is narrow. */
  readonly shrinks?: boolean;
  /** This column is left out when it has nothing to show in any row. */
  readonly optional?: boolean;
}

const gap = "  ";
const narrowest = 8;

/** Rows as aligned lines under their titles, no wider than the terminal where that can be had. */
export function table<Row>(rows: readonly Row[], all: readonly Column<Row>[], terminal: Terminal): string[] {
  const columns = all.filter(({ optional, cell }) => !optional || rows.some((row) => asCell(cell(row)).text !== ""));
  const cells = rows.map((row) => columns.map((column) => asCell(column.cell(row))));
  const widths = columns.map((column, i) => Math.max(widthOf(column.title), ...cells.map((line) => widthOf(line[i]!.text))));
  shrink(widths, columns, terminal.columns);

  const line = (texts: readonly Cell[]): string =>
    texts
      .map(({ text, colour }, i) => {
        const shown = cut(text, widths[i]!);
        const padding = " ".repeat(Math.max(0, widths[i]! - widthOf(shown)));
        const painted = colour ? terminal.paint(colour, shown) : shown;
        return columns[i]!.align === "right" ? padding + painted : painted + padding;
      })
      .join(gap)
      .trimEnd();

  return [line(columns.map(({ title }) => ({ text: title, colour: "dim" }))), ...cells.map(line)];
}

function asCell(value: string | Cell): Cell {
  const cell = typeof value === "string" ? { text: value } : value;
  return { ...cell, text: printable(cell.text) };
}

/** Takes what is too much from the widest column that may give way, until it fits or none can give more. */
function shrink(widths: number[], columns: readonly Column<never>[], available: number): void {
  let over = widths.reduce((sum, width) => sum + width, gap.length * (columns.length - 1)) - available;
  while (over > 0) {
    let widest = -1;
    columns.forEach((column, i) => {
      if (column.shrinks && widths[i]! > narrowest && (widest < 0 || widths[i]! > widths[widest]!)) widest = i;
    });
    if (widest < 0) return;
    widths[widest]!--;
    over--;
  }
}
