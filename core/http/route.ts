import type { Readable } from "node:stream";
import type * as z from "zod";
import type { Role } from "../store/contract.ts";
import type { Way } from "./guards/host.ts";
import type { Caller } from "./services.ts";

/** Of an idempotency key, in characters. */
export const LONGEST_KEY = 200;

/**
 * One address of the API. The router, the checks of what comes in and /openapi.json are all made from this, so that
 * none of them can forget one.
 */
export interface RouteSpec<Query = unknown, Body = unknown> {
  readonly method: "GET" | "POST" | "DELETE";
  /** `:name` stands for one segment, decoded. */
  readonly path: string;
  readonly summary: string;
  /** The role that it takes; `open`: no credential at all. */
  readonly access: Role | "open";
  /** By a bearer token only. */
  readonly bearerOnly?: true;
  /** Changes nothing but the caller's own session: of who has none, nothing is kept in the audit log. */
  readonly ofSession?: true;
  readonly query?: z.ZodType<Query>;
  /** `raw`: any content type, handed on as a Buffer. */
  readonly body?: z.ZodType<Body> | "raw";
  /** The header `Idempotency-Key` tells a request that is sent again from another one. */
  readonly once?: true;
  /** The plugin with the id `:id` makes its answer. */
  readonly ofPlugin?: true;
  /** Its answer may be long: one that has so many parts as there are, or of a change. */
  readonly isLong?: true;
  readonly answer: {
    readonly status: number;
    /** Null: no body. A string names a media type that is not JSON. */
    readonly schema: z.ZodType | string | null;
    /** The JSON that it answers in the place of that media type where the query asks for it. */
    readonly orJson?: z.ZodType;
  };
  handle(request: ApiRequest<Query, Body>): Promise<ApiAnswer> | ApiAnswer;
}

export interface ApiRequest<Query = unknown, Body = unknown> extends Way {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly body: Body;
  /** Throws where the route is open to callers without a credential and this one has none. */
  readonly caller: Caller;
  /** By their lower-case names; several of a name are one, with commas between them. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Where the route is open: makes the change of who has shown by other means that they may, and keeps it as any other. */
  readonly proved: Proved;
}

/** @param name by which the audit log knows who asks */
export type Proved = <T>(name: string, change: () => Promise<T>) => Promise<T>;

export interface ApiAnswer {
  /** Made into JSON. */
  readonly body?: unknown;
  /** Sent as it is: JSON that is made already, or the media type that the route names; piece by piece where it may be long. */
  readonly raw?: string | Buffer | Readable;
  /** Where it differs from the route's. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Ties the types of a route's query and body to its handler. */
export function route<Query = Record<string, never>, Body = undefined>(spec: RouteSpec<Query, Body>): RouteSpec {
  return spec as unknown as RouteSpec;
}
