import type { LoomEvent } from "../../plugin/contract.ts";
import type { StoredEvent } from "./events.ts";
import type { Fault } from "./faults.ts";

/** One call, on its way to a thread. */
export interface Call {
  readonly id: number;
  readonly name: string;
  readonly args: readonly unknown[];
}

export type Answer = { readonly id: number; readonly value?: unknown } | { readonly id: number; readonly fault: Fault };

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
  | { readonly kind: "answers"; readonly last: boolean; readonly answers: readonly Answer[]; readonly events: readonly LoomEvent[] };

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

/** What was done as one message. The data of its events is JSON already. */
export function packDone({ answers, events }: Done, last: boolean): string {
  return `{"kind":"answers","last":${last},"answers":${JSON.stringify(answers)},"events":[${events.map(packEvent).join()}]}`;
}

function packEvent({ data, ...columns }: StoredEvent): string {
  return `${JSON.stringify(columns).slice(0, -1)},"data":${data}}`;
}

export function unpack<Message extends ToThread | FromThread>(text: string): Message {
  return JSON.parse(text) as Message;
}
