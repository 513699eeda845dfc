import type { ServerOptions } from "node:http";

export interface Limits {
  /** Longest time for a request's headers, for the whole request, and for the next piece of its answer to be taken, in milliseconds. */
  readonly headersMs: number;
  readonly requestMs: number;
  /** How long an idle connection is kept. */
  readonly keepAliveMs: number;
  /** All headers of a request together, in bytes. */
  readonly headerBytes: number;
  /** Connections at a time. */
  readonly connections: number;
  /** Bodies that are under way, all together, in bytes: of those who have shown a credential, and of those who need none. */
  readonly knownBodiesBytes: number;
  readonly unknownBodiesBytes: number;
  /** Answers on their way to one caller, all together, in bytes. */
  readonly answersBytes: number;
}

const MIB = 1024 * 1024;

export const defaultLimits: Limits = { headersMs: 10_000, requestMs: 30_000, keepAliveMs: 30_000, headerBytes: 16 * 1024, connections: 500, knownBodiesBytes: 64 * MIB, unknownBodiesBytes: 16 * MIB, answersBytes: 32 * MIB };

/** A body may be this long, in bytes. */
export const MAX_BODY_BYTES = MIB;

/** The limits as options of Node's server. */
export function serverOptions(limits: Limits): ServerOptions {
  return {
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.keepAliveMs,
    maxHeaderSize: limits.headerBytes,
    // Node looks for late requests this often; its default would let them be half a minute later.
    connectionsCheckingInterval: Math.min(1000, limits.headersMs),
    // The host guard refuses a missing host, in the same words as a wrong one.
    requireHostHeader: false,
    // Of whoever offers another protocol besides, as Java does with HTTP/2, that is left aside (RFC 9110 §7.8). Before Node 24.9 they get a 404.
    shouldUpgradeCallback: ({ headers }) => /\bwebsocket\b/i.test(headers.upgrade ?? ""),
  };
}
