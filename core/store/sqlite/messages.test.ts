import { expect, it } from "vitest";
import { packAnswer, packDone, unpack, valueOf, type FromThread } from "./messages.ts";

it("a record that is answered and told of travels once, and is whole at the other end", () => {
  const record = { id: "a", note: 'says "hello"' };
  const text = packDone(
    {
      answers: [{ id: 1, value: null }, { id: 2, value: [record] }, { id: 3, value: { outcome: "ok", record } }, { id: 4, value: { outcome: "lost" } }, { id: 5 }],
      events: [
        { seq: 7, at: 1, type: "other", strandId: null, runId: null, data: "{}", source: {} },
        { seq: 8, at: 2, type: "told", strandId: 's"1', runId: "r1", data: JSON.stringify(record), source: record },
      ],
    },
    true,
  );
  const message = unpack<FromThread & { kind: "answers" }>(text);
  expect(message.answers.map((answer) => valueOf(answer, message.events))).toEqual([null, [record], { outcome: "ok", record }, { outcome: "lost" }, undefined]);
  expect(message.events).toEqual([
    { seq: 7, at: 1, type: "other", strandId: null, runId: null, data: {} },
    { seq: 8, at: 2, type: "told", strandId: 's"1', runId: "r1", data: record },
  ]);
  expect(text.split("hello")).toHaveLength(3);
});

it("an answer that is too long for a message fails by itself", () => {
  const tooLong = { toJSON: () => "x".repeat(2 ** 29) };
  expect(unpack(packAnswer({ id: 7, value: tooLong }))).toMatchObject({ kind: "answers", last: true, answers: [{ id: 7, fault: { message: "Invalid string length" } }] });
  expect(unpack(packAnswer({ id: 8, value: [1] }))).toMatchObject({ answers: [{ id: 8, value: [1] }] });
});
