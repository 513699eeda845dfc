import type { JsonObject } from "../../mirror/contract.ts";
import type { LoomEvent } from "../../plugin/contract.ts";
import type { StoredEvent } from "./events.ts";
import { faultOf, type Fault } from "./faults.ts";

/** One call, on its way to a thread. */
export interface Call {
  readonly id: number;
  readonly name: string;
  readonly args: readonly unknown[];
}

export type Answer = { readonly id: number; readonly value?: unknown } | { readonly id: number; readonly fault: Fault };

/** An answer on its way: of its value, the field `name` is the data of this one of the events that travel with it. */
export type SentAnswer = Answer & { readonly told?: { readonly name: string; readonly event: number } };

/** What calls have come to, and the events that tell of it. */
export interface Done {
  readonly answers: readonly Answer[];
  readonly events: readonly StoredEvent[];
}

export type ToThread = { readonly kind: "calls"; readonly calls: readonly Call[] } | { readonly kind: "close" };

export type FromThread =
  | { readonly kind: "ready"; readonly value: unknown }
  | { readonly kind: "failed"; readonly fault: Fault }
  /** `last`: of one commit, which may be answered in parts. */
  | { readonly kind: "answers"; readonly last: boolean; readonly answers: readonly SentAnswer[]; readonly events: readonly LoomEvent[] };

/** Messages travel as JSON text: that costs half of what copying them object by object does. */
export function pack(message: ToThread | FromThread): string {
  return JSON.stringify(message);
}

/** One call, packed by itself: an argument that is no JSON throws here and spoils no other call. */
export function packCall(call: Call): string {
  return JSON.stringify(call);
}

/** Packed calls as one message. */
export function packCalls(calls: readonly string[]): string {
  return `{"kind":"calls","calls":[${calls.join()}]}`;
}

/** One answer as a message. One that is too long for a message fails by itself: whatever else is asked for goes on. */
export function packAnswer(answer: Answer): string {
  const message = (one: Answer): string => pack({ kind: "answers", last: true, answers: [one], events: [] });
  try {
    return message(answer);
  } catch (error) {
    return message({ id: answer.id, fault: faultOf(error) });
  }
}

/** What was done as one message. The data of its events is JSON already, and so travels beside them. */
export function packDone({ answers, events }: Done, last: boolean): string {
  const told = new Map<unknown, number>(events.map(({ source }, n) => [source, n]));
  const sent = answers.map((answer) => withoutTold(answer, told));
  const heads = events.map(({ seq, at, type, strandId, runId }) => ({ seq, at, type, strandId, runId }));
  const data = events.map((event) => event.data);
  return `{"kind":"answers","last":${last},"answers":${JSON.stringify(sent)},"events":${JSON.stringify(heads)},"data":[${data.join()}]}`;
}

/** A record that an answer gives and an event tells of travels once, with the event. */
function withoutTold(answer: Answer, told: ReadonlyMap<unknown, number>): SentAnswer {
  if (!("value" in answer) || typeof answer.value !== "object" || Array.isArray(answer.value)) return answer;
  const value = answer.value as Readonly<Record<string, unknown>> | null;
  for (const name in value) {
    const event = told.get(value[name]);
    if (event !== undefined) return { id: answer.id, value: { ...value, [name]: undefined }, told: { name, event } };
  }
  return answer;
}

/** The value of an answer that came with these events. */
export function valueOf({ value, told }: SentAnswer & { readonly value?: unknown }, events: readonly LoomEvent[]): unknown {
  return told ? { ...(value as object), [told.name]: events[told.event]!.data } : value;
}

type Writable<T> = { -readonly [Name in keyof T]: T[Name] };

export function unpack<Message extends ToThread | FromThread>(text: string): Message {
  const message = JSON.parse(text) as Message & { readonly data?: readonly JsonObject[] };
  if (message.kind === "answers") for (const [n, event] of (message.events as Writable<LoomEvent>[]).entries()) event.data = message.data![n]!;
  return message;
}
