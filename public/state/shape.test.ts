import { expect, it } from "vitest";
import { strandStatuses } from "../../core/registry/strandStatus.ts";
import * as statuses from "../../core/store/statuses.ts";
// @ts-ignore the page's modules are plain JavaScript
import { readDetail, readOccurrence, readRun, readVersion } from "./detailShape.js";
// @ts-ignore the page's modules are plain JavaScript
import * as shape from "./shape.js";
// @ts-ignore the page's modules are plain JavaScript
import { instant, readChange, readCommand, readPlugin, readSource, readStrand } from "./shape.js";

const nonsense = [null, undefined, 0, "text", [], {}, { name: {} }, { id: {}, steps: 5, recent: "x" }];

it("knows every word that the API has for a state", () => {
  const { missCauses: _toldInWords, ...words } = { ...statuses, strandStatuses };
  expect(shape).toMatchObject(words);
});

it("throws over nothing that a server could send", () => {
  for (const raw of nonsense) for (const read of [readStrand, readRun, readDetail, readOccurrence, readVersion, readChange, readCommand, readSource, readPlugin]) expect(() => read(raw)).not.toThrow();
});

it("takes no strand without an id", () => expect(nonsense.map((raw) => readStrand(raw))).toEqual(nonsense.map(() => null)));

it("puts text where text belongs, whatever came", () => {
  const strand = readStrand({ id: "a", name: { html: "<b>" }, status: "exploded", trigger: { kind: "moon" }, steps: [{ id: "x", label: 5 }], recent: [{}], activeRun: { startedAt: "never" } });
  expect(strand).toMatchObject({ name: "a", status: "idle", trigger: { kind: "unknown", text: "unknown schedule" }, steps: [{ id: "x", label: "5", status: null }], activeRun: { startedAt: 0 } });
});

it("does not forbid what it was not told is forbidden, nor allow what it was not told is allowed", () => {
  expect(readStrand({ id: "a" }).can).toEqual({ setEnabled: { allowed: false, reason: null }, run: { allowed: false, reason: null } });
  expect(readStrand({ id: "a" }).enabled).toBe(true);
});

it("reads times in UTC", () => expect([instant("2026-11-21T02:00:00.000Z"), instant("soon"), instant(7)]).toEqual([Date.UTC(2026, 10, 21, 2), null, null]));

it("shows signs for the direction of writing instead of obeying them", () => {
  expect(readStrand({ id: "a", name: "\u202Elive", description: "\u2067x" })).toMatchObject({ name: "\ufffdlive", description: "\ufffdx" });
});

it("shows them in every name, and leaves what is asked for again and what was printed as it came", () => {
  const [name, shown] = ["photo\u202egnp.exe", "photo\ufffdgnp.exe"];
  const step = { id: name, label: name, dependsOn: [name], outputTail: name, error: name, phases: [{ name }], parent: name };
  const run = readRun({ id: name, strandId: name, steps: [step], artifacts: [{ step: name, name }], attempts: [{ step: name, error: name }], startedBy: { runId: name, step: name } });
  expect(run).toMatchObject({ id: name, strandId: name, artifacts: [{ step: name, id: name, name: shown }], attempts: [{ step: name, error: shown }], startedBy: { runId: name, step: shown } });
  expect(run.steps).toMatchObject([{ id: name, label: shown, dependsOn: [name], outputTail: name, error: shown, phases: [{ name: shown }], parent: name }]);
  expect(readStrand({ id: name, command: name, disabledReason: name, woven: { file: name }, activeRun: { id: name, stepId: name }, changes: [{ id: name, strandId: name, by: name }] })).toMatchObject({
    id: name, name: shown, command: shown, disabledReason: shown, woven: { file: shown }, activeRun: { id: name, stepId: name }, changes: [{ id: name, strandId: name, by: shown }],
  });
  expect(readSource({ id: name, label: name, node: { id: name, name } })).toMatchObject({ id: name, label: shown, node: { id: name, name: shown } });
  expect(readCommand({ id: name, strandId: name, runId: name, reason: name })).toMatchObject({ id: name, strandId: name, runId: name, reason: shown });
  expect(readPlugin({ id: name })).toMatchObject({ id: name, name: shown });
  expect(readVersion({ name, command: name, definition: { name } })).toMatchObject({ name: shown, command: shown, definition: { name } });
});
