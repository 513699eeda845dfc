import { messageOf } from "../../../errors/loomError.ts";
import { DEEPEST, isTooDeep } from "../../../jsonShape.ts";
import type { StepFailure } from "../contract.ts";

/** Why a call failed, where its code did not throw it itself. */
export class CallFailure extends Error {
  readonly code: StepFailure;

  constructor(code: StepFailure, message: string) {
    super(message);
    this.name = "CallFailure";
    this.code = code;
  }
}

/** Never throws, whatever was thrown. */
export function isCallFailure(error: unknown): error is CallFailure {
  try {
    return error instanceof CallFailure;
  } catch {
    // A revoked proxy throws at whatever it is asked.
    return false;
  }
}

/**
 * What a step answered, as JSON: `{ ok, data }` stands for its data, everything else for itself.
 * @param most bytes that it may have
 * @throws CallFailure STEP_NOT_OK, RESULT_NOT_JSON, RESULT_TOO_LARGE
 */
export function resultOf(answer: unknown, most: number): string {
  const told = isAnswer(answer) ? answer : { ok: true, data: answer };
  if (!told.ok) throw new CallFailure("STEP_NOT_OK", typeof told.error === "string" ? told.error : "The step says that it is not ok.");
  return dataOf(told.data ?? null, most);
}

/**
 * What comes back of a call, as JSON that Loom can go down into: artifacts need not be that.
 * @throws CallFailure RESULT_NOT_JSON, RESULT_TOO_LARGE
 */
export function dataOf(value: unknown, most: number): string {
  const json = toJson(value, most);
  if (isTooDeep(json)) throw new CallFailure("RESULT_TOO_LARGE", `The result is more than ${DEEPEST} levels deep.`);
  return json;
}

/** @throws CallFailure RESULT_NOT_JSON, RESULT_TOO_LARGE */
export function toJson(value: unknown, most: number): string {
  const json = stringify(value);
  const bytes = Buffer.byteLength(json);
  if (bytes > most) throw new CallFailure("RESULT_TOO_LARGE", `The result has ${bytes} bytes; the most is ${most}.`);
  return json;
}

function stringify(value: unknown): string {
  let json: string | undefined;
  try {
    json = JSON.stringify(value);
  } catch (error) {
    throw new CallFailure("RESULT_NOT_JSON", messageOf(error).split("\n")[0]!);
  }
  if (json === undefined) throw new CallFailure("RESULT_NOT_JSON", `The result is a ${typeof value}.`);
  return json;
}

function isAnswer(value: unknown): value is { ok: boolean; data?: unknown; error?: unknown } {
  return typeof value === "object" && value !== null && typeof (value as { ok?: unknown }).ok === "boolean";
}
