import type { Json } from "../../mirror/contract.ts";
import type { IsolateLimits, Version, Work } from "./contract.ts";

// The control pipe carries lines: the number of a thread, a blank, a JSON text. 0 is the host's own main thread, which
// hands all others on unread.

/** What the gateway tells a host. */
export type ToHost =
  | { readonly do: "startThread"; readonly thread: number }
  /** Ends it and every process that it started, then tells `threadEnded`. */
  | { readonly do: "endThread"; readonly thread: number }
  /** Ends the processes that a call started, then tells `swept`. */
  | { readonly do: "sweep"; readonly thread: number; readonly call: number }
  /** Whether threads are at work: their loops and the memory are watched then. */
  | { readonly do: "watch"; readonly on: boolean }
  | { readonly do: "ping" };

export type FromHost =
  | { readonly is: "threadEnded"; readonly thread: number; readonly why: ThreadEnd; readonly message: string }
  /** It does not end, or not soon enough: the whole host has to. */
  | { readonly is: "stuck"; readonly thread: number; readonly why: ThreadEnd; readonly message: string }
  | { readonly is: "swept"; readonly call: number; readonly found: number }
  /** It is large though no thread is: nothing more should begin in it. */
  | { readonly is: "worn" }
  | { readonly is: "pong" };

/** `unstarted`: no code of users has run in it, since what is there for the whole process, such as its descriptors, is used up. */
export type ThreadEnd = "asked" | "unstarted" | "exited" | "threw" | "heap" | "memory" | "blocked";

/** What the gateway tells a thread. */
export type ToThread =
  | { readonly do: "load"; readonly version: Version }
  | { readonly do: "call"; readonly call: number; readonly task: Task }
  | { readonly do: "abort"; readonly call: number; readonly reason: "timeout" | "cancelled" }
  /** There is room for this artifact. */
  | { readonly do: "hand"; readonly call: number; readonly artifact: number }
  | { readonly do: "kept"; readonly call: number; readonly artifact: number; readonly error: string | null };

/** A call as its thread sees it. */
export interface Task {
  readonly work: Work;
  readonly attempt: number;
  /** As JSON, like the results and the item's value. */
  readonly input: string;
  readonly results: string;
  readonly item: { readonly value: string; readonly index: number } | null;
  readonly idempotencyKey: string;
}

/** A multiple of 3, so that each piece is base64 by itself. */
export const ARTIFACT_PIECE_BYTES = 49_152;

/** What a thread tells of a call. */
export type FromThread =
  | { readonly is: "began"; readonly call: number }
  | { readonly is: "log"; readonly call: number; readonly level: "debug" | "info" | "warn" | "error"; readonly message: string; readonly fields: Json }
  | { readonly is: "output"; readonly call: number; readonly stream: "stdout" | "stderr"; readonly text: string }
  | { readonly is: "phase"; readonly call: number; readonly name: string; readonly to: "running" | "completed" | "failed" }
  | { readonly is: "progress"; readonly call: number; readonly fraction: number }
  /** It has an artifact, and waits for `hand`. */
  | { readonly is: "hands"; readonly call: number; readonly artifact: number; readonly bytes: number }
  /** A piece of an artifact, in base64; all but the last have `ARTIFACT_PIECE_BYTES`. */
  | { readonly is: "artifact"; readonly call: number; readonly artifact: number; readonly name: string; readonly kind: "text" | "bytes" | "json"; readonly piece: string; readonly last: boolean }
  /** `spawned`: it started programs, which may be there still. `data` is JSON. */
  | { readonly is: "done"; readonly call: number; readonly spawned: boolean; readonly data: string }
  | { readonly is: "failed"; readonly call: number; readonly spawned: boolean; readonly code: string; readonly message: string; readonly stack: string | null }
  /** The call ended in a way that leaves nobody sure of the thread: nothing more should begin in it. */
  | { readonly is: "worn"; readonly call: number };

/** What a host is made with, as its argument. */
export interface HostData {
  readonly marker: string;
  readonly limits: IsolateLimits;
  readonly egress: readonly string[];
}

/** What a thread is made with. */
export interface ThreadData {
  /** In the environment of every process that it starts. */
  readonly marker: string;
  readonly limits: Pick<IsolateLimits, "resultBytes" | "artifactBytes" | "programEnv">;
  readonly egress: readonly string[];
  /** Bytes that were told and not yet taken by the gateway. */
  readonly unsent: SharedArrayBuffer;
}

/** What the host's main thread asks a thread, and the answer. */
export const ARE_YOU_THERE = "";

/** A thread waits when so many of its bytes are on their way. */
export const MOST_UNSENT = 1_048_576;

/** The longest line for a host: a version's code, or a step's results, go in one. */
export const LONGEST_TO_HOST = 67_108_864;

/** Around a result, and for an error with its stack or a piece of an artifact or of output, written out as JSON. */
const ROOM = 262_144;

/** The longest line of a host: what workflow code writes there itself is not read on for longer than what Loom writes may be. */
export function longestFromHost({ resultBytes }: Pick<IsolateLimits, "resultBytes">): number {
  // A result is a text in a text, in which each quote is two characters.
  return 2 * resultBytes + ROOM;
}
