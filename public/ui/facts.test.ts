import { expect, it } from "vitest";
// @ts-ignore the page's modules are plain JavaScript
import { runFacts } from "./facts.js";

const nothingTold = { code: null, errors: [] };

it("tells tokens as people say them, in whichever way their owner writes them", () => {
  const tokens = [{ name: "tokens", value: "4,133 in · 388 out" }];
  expect(runFacts({ usage: { input_tokens: 4133, output_tokens: 388, total_tokens: 4521 } }, nothingTold)).toEqual(tokens);
  expect(runFacts({ inputTokens: 4133, outputTokens: 388 }, nothingTold)).toEqual(tokens);
  expect(runFacts({ usage: { total_tokens: 4521 } }, nothingTold)).toEqual([{ name: "tokens", value: "4,521" }]);
});

it("leaves out what the run and its steps have told already", () => {
  const summary = { completionStatus: "failed", deliveryStatus: "unknown", deliveryError: "No such model.", sessionId: "1f", sessionKey: "agent:main:1f", delivery: { intended: {} } };
  expect(runFacts(summary, { code: "model_not_found", errors: ["No such model."] })).toEqual([{ name: "reason", value: "model not found" }, { name: "session", value: "agent:main:1f" }, { name: "delivery", value: "unknown" }]);
});

it("gives what it does not know in words, shortened and without objects", () => {
  expect(runFacts({ triggerFired: true, note: "x".repeat(500), deep: {} }, nothingTold)).toEqual([{ name: "trigger fired", value: "true" }, { name: "note", value: "x".repeat(200) }]);
  expect(runFacts(null, nothingTold)).toEqual([]);
});

it("tells what it cost and where the result went", () => {
  const summary = { usage: { costUsd: 0.01234 }, totalCost: 2.5, deliveryStatus: "not-delivered", delivery: { intended: { channel: "telegram", to: "4711" } } };
  expect(runFacts(summary, nothingTold)).toEqual([{ name: "total cost", value: "$2.50" }, { name: "cost", value: "$0.0123" }, { name: "delivery", value: "not delivered · telegram 4711" }]);
});

it("says nothing twice, and shows signs for the direction of writing", () => {
  expect(runFacts({ deliveryError: "no \u202eeliF", model: "\u202ex" }, { code: null, errors: ["no \ufffdeliF"] })).toEqual([{ name: "model", value: "\ufffdx" }]);
});
