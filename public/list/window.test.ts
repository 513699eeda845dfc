import { expect, it } from "vitest";
// @ts-ignore the page's modules are plain JavaScript
import { rowsInView } from "./window.js";

it.each([
  [{ count: 1000, row: 28, top: 0, height: 800 }, { from: 0, to: 41 }],
  [{ count: 1000, row: 28, top: 2800, height: 800 }, { from: 88, to: 141 }],
  [{ count: 1000, row: 28, top: 27_500, height: 800 }, { from: 970, to: 1000 }],
  [{ count: 5, row: 28, top: 0, height: 800 }, { from: 0, to: 5 }],
  [{ count: 5, row: 28, top: 90_000, height: 800 }, { from: 4, to: 5 }],
  [{ count: 0, row: 28, top: 0, height: 800 }, { from: 0, to: 0 }],
  [{ count: 3, row: 0, top: 0, height: 800 }, { from: 0, to: 3 }],
])("of %j draws %j", (frame, rows) => expect(rowsInView(frame)).toEqual(rows));
