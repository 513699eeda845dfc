import { expect, it } from "vitest";
import { fromLine, LineReader, toLine } from "./lines.ts";

it("finds the lines wherever the bytes are cut, also within a character", () => {
  const text = `${toLine(0, '{"a":"é€😀"}')}${toLine(12, '""')}rest`;
  const bytes = Buffer.from(text);
  for (let cut = 0; cut <= bytes.length; cut++) {
    const reader = new LineReader(100);
    const lines = [...reader.take(bytes.subarray(0, cut)), ...reader.take(bytes.subarray(cut))];
    expect(lines.map(fromLine)).toEqual([{ thread: 0, json: '{"a":"é€😀"}' }, { thread: 12, json: '""' }]);
  }
});

it("takes no line that is longer than it may be", () => {
  const reader = new LineReader(10);
  expect(reader.take(Buffer.from("1234567890\n1234567890"))).toEqual(["1234567890"]);
  expect(() => reader.take(Buffer.from("1"))).toThrow("a line of more than 10 characters");
});
