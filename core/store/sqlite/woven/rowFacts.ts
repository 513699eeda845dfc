import { LoomError } from "../../../errors/loomError.ts";
import type { Json } from "../../../mirror/contract.ts";
import { itemId, readRowId } from "../../../run/machine/rowId.ts";
import type { RowFacts, StepGiven, WantedGiven } from "../../contract.ts";
import { RESULT_BYTES, RESULTS_BYTES } from "../bounds.ts";
import { fromJson, json } from "../cells.ts";
import type { Database } from "../database.ts";
import type { Given } from "./stepRows.ts";

/** What a step with `each` was given, a place for each item. */
export interface Lists {
  readonly inputs: readonly Json[] | null;
  readonly items: readonly Json[] | null;
}

/**
 * Keeps what belongs to the moves of a row.
 * @throws LoomError TOO_LARGE for a result above 1 MiB, BAD_INPUT for one that is no JSON
 */
export function writeFacts(db: Database, runId: string, { step, result, inputs = null, items = null, host }: RowFacts): void {
  if (result !== undefined) {
    if (Buffer.byteLength(result) > RESULT_BYTES) throw new LoomError("TOO_LARGE", `The result of ${step} is larger than 1 MiB.`);
    // Read here, beside the gateway: what it is parsed into may take twenty times its length.
    if (!isJson(db, result)) throw new LoomError("BAD_INPUT", `The result of ${step} is no JSON.`);
    db.run("UPDATE step_runs SET result = ? WHERE run_id = ? AND step_id = ?", result, runId, step);
  }
  if (items) db.run("UPDATE step_runs SET inputs = ?, items = ? WHERE run_id = ? AND step_id = ?", inputs && json(inputs), json(items), runId, step);
  else if (inputs) db.run("UPDATE step_runs SET input = ? WHERE run_id = ? AND step_id = ?", json(inputs[0] as object), runId, step);
  if (host !== undefined) db.run("UPDATE step_runs SET host_pid = ?, host_start = ? WHERE run_id = ? AND step_id = ?", host?.pid ?? null, host?.startTime ?? null, runId, step);
}

/** An item's own part. */
export function givenTo({ inputs, items }: Lists, index: number): Given {
  return { input: cell(inputs?.[index]), item: cell(items?.[index]) };
}

function cell(value: Json | undefined): string | null {
  return value === undefined ? null : json(value as object);
}

export function storedLists(db: Database, runId: string, step: string): Lists {
  const row = db.get<{ inputs: string | null; items: string | null }>("SELECT inputs, items FROM step_runs WHERE run_id = ? AND step_id = ?", runId, step);
  return { inputs: listOf(row?.inputs), items: listOf(row?.items) };
}

function listOf(text: string | null | undefined): readonly Json[] | null {
  return text == null ? null : fromJson(text);
}

function isJson(db: Database, text: string): boolean {
  return db.get<{ valid: number }>("SELECT json_valid(?) AS valid", text)?.valid === 1;
}

/** What a row was given, as JSON. */
export function inputOf(db: Database, runId: string, rowId: string): { input: string; item: string } {
  const row = db.get<Given>("SELECT input, item FROM step_runs WHERE run_id = ? AND step_id = ?", runId, rowOf(rowId));
  return { input: row?.input ?? "null", item: row?.item ?? "null" };
}

/**
 * What a step's code works on; of more than `most` bytes their number alone, before any of it is read.
 * @throws LoomError TOO_LARGE as `resultsOf` does
 */
export function givenOf(db: Database, runId: string, { runInput, row, results }: WantedGiven, most: number): StepGiven | number {
  const bytes = (runInput ? runInputBytes(db, runId) : 0) + (row === null ? 0 : inputBytes(db, runId, row)) + resultsBytes(db, runId, results);
  if (bytes > most) return bytes;
  const own = row === null ? { input: "null", item: "null" } : inputOf(db, runId, row);
  return { ...own, runInput: runInput ? runInputOf(db, runId) : "null", results: joined(db, runId, results) };
}

/** What a run was started with, as JSON. */
function runInputOf(db: Database, runId: string): string {
  return db.get<{ input: string | null }>("SELECT input FROM runs WHERE run_id = ? AND driven = 1", runId)?.input ?? "null";
}

function runInputBytes(db: Database, runId: string): number {
  return db.get<{ bytes: number | null }>("SELECT octet_length(input) AS bytes FROM runs WHERE run_id = ?", runId)?.bytes ?? 0;
}

function inputBytes(db: Database, runId: string, rowId: string): number {
  return db.get<{ bytes: number }>("SELECT coalesce(octet_length(input), 0) + coalesce(octet_length(item), 0) AS bytes FROM step_runs WHERE run_id = ? AND step_id = ?", runId, rowOf(rowId))?.bytes ?? 0;
}

/** A phase has what its row has. */
function rowOf(rowId: string): string {
  const { step, item } = readRowId(rowId);
  return item === null ? step : itemId(step, item);
}

/**
 * What completed steps gave, by their ids, as the JSON of one object.
 * @throws LoomError TOO_LARGE for more than 8 MiB of JSON, before any of it is read
 */
export function resultsOf(db: Database, runId: string, steps: readonly string[]): string {
  resultsBytes(db, runId, steps);
  return joined(db, runId, steps);
}

function joined(db: Database, runId: string, steps: readonly string[]): string {
  const members = steps.flatMap((step) => {
    const text = resultOf(db, runId, step);
    return text === null ? [] : [`${JSON.stringify(step)}:${text}`];
  });
  return `{${members.join()}}`;
}

function resultOf(db: Database, runId: string, step: string): string | null {
  const row = db.get<{ status: string; items: number | null; result: string | null }>(
    "SELECT status, answer_items AS items, result FROM step_runs WHERE run_id = ? AND step_id = ?",
    runId, step,
  );
  if (row?.status !== "completed") return null;
  return row.items === null || row.items < 0 ? row.result : `[${itemResults(db, runId, step).join()}]`;
}

/** @throws LoomError TOO_LARGE */
function resultsBytes(db: Database, runId: string, steps: readonly string[]): number {
  const bytes = steps.reduce((sum, step) => sum + bytesOf(db, runId, step), 0);
  if (bytes > RESULTS_BYTES) throw new LoomError("TOO_LARGE", `The results of ${steps.join(", ")} have ${bytes} bytes; the most that a step is given is ${RESULTS_BYTES}.`);
  return bytes;
}

/** Of its result, or of its items' results. */
function bytesOf(db: Database, runId: string, step: string): number {
  const items = [`${step}[`, `${step}\\`];
  return db.get<{ bytes: number }>("SELECT coalesce(sum(octet_length(result)), 0) AS bytes FROM step_runs WHERE run_id = ? AND (step_id = ? OR (step_id > ? AND step_id < ?))", runId, step, ...items)!.bytes;
}

/** From the items' own rows, in their order: `[` and what follows it in ASCII hold all of them together. */
function itemResults(db: Database, runId: string, step: string): string[] {
  return db
    .all<{ seq: number; result: string | null }>(
      "SELECT seq, result FROM step_runs WHERE run_id = ? AND step_id > ? AND step_id < ? AND instr(step_id, '/') = 0",
      runId, `${step}[`, `${step}\\`,
    )
    .sort((a, b) => a.seq - b.seq)
    .map(({ result }) => result ?? "null");
}
