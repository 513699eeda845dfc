import { join } from "node:path";
import type { Clock } from "../clock/clock.ts";
import { systemClock } from "../clock/system.ts";
import { within } from "../clock/within.ts";
import type { GatewayFile } from "../config/gatewayFile.ts";
import { readNow } from "../config/readIfThere.ts";
import { catalogue, type ErrorCode } from "../errors/catalogue.ts";
import { isLoomError, LoomError, messageOf, type Problem } from "../errors/loomError.ts";
import { requestGateway, type GatewayAnswer, type GatewayRequest } from "./request.ts";
import { runningGateway } from "./runningGateway.ts";

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** The gateway's API, as the bearer of LOOM_HOME's token. Every method throws LoomError. */
export interface Client {
  readonly gateway: GatewayFile;
  /** To be asked each time anew: when that gateway has stopped, its port may be another program's. */
  token(): string;
  /** `path` is relative to `/api/loom/`. */
  get<T>(path: string, query?: Query): Promise<T>;
  post<T>(path: string, body?: unknown): Promise<T>;
  /** The same for what starts or switches something: where the connection breaks it is asked again, and done once. */
  ask<T>(path: string, body?: unknown): Promise<T>;
  remove<T>(path: string): Promise<T>;
  /** The items of all pages, or of as many as it takes to have `limit` of them. */
  list<T>(path: string, query?: Query, limit?: number): Promise<T[]>;
}

const largestPage = 1000;
/** The longest that an answer may take, in milliseconds: a source that is read now may take half a minute before it is given up. */
const ANSWER_MS = 60_000;

/** Where the token was deleted, Loom makes another at the next request that shows one. */
const MAKE_TOKEN: GatewayRequest = { headers: { authorization: "Bearer none" } };

/** @throws LoomError GATEWAY_NOT_RUNNING; its methods also GATEWAY_TIMEOUT */
export function connect(home: string, clock: Clock = systemClock): Client {
  const gateway = runningGateway(home);
  if (!gateway) throw new LoomError("GATEWAY_NOT_RUNNING", `No gateway runs on ${home}.`);
  let secret = readToken(home);
  const stillRuns = (): boolean => {
    const now = runningGateway(home);
    return now?.pid === gateway.pid && now.startedAt === gateway.startedAt;
  };
  const token = (): string => {
    if (!stillRuns()) throw new LoomError("GATEWAY_NOT_RUNNING", `The gateway at ${gateway.address} (process ${gateway.pid}) has stopped.`);
    secret ??= readToken(home);
    if (secret === null) throw new LoomError("HOME_UNSAFE", `There is no token in ${home}.`, { help: "Start Loom anew: it makes another then." });
    return secret;
  };

  const inTime = (path: string, request: GatewayRequest): Promise<GatewayAnswer> =>
    within(clock, ANSWER_MS, () => silent(gateway, ANSWER_MS), (signal) => ask(gateway, `/api/loom/${path}`, { ...request, signal }));

  const send = async (method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<unknown> => {
    if (secret === null && stillRuns()) await inTime("gateway", MAKE_TOKEN);
    const request = {
      method,
      headers: { authorization: `Bearer ${token()}`, ...headers, ...(body !== undefined && { "content-type": "application/json" }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    };
    const { status, text } = await inTime(path, request);
    if (status >= 300) throw refusal(status, text);
    return status === 204 ? undefined : JSON.parse(text);
  };

  const get = async <T>(path: string, query: Query = {}): Promise<T> => (await send("GET", withQuery(path, query))) as T;

  const list = async <T>(path: string, query: Query = {}, limit = Infinity): Promise<T[]> => {
    const items: T[] = [];
    let cursor: string | undefined;
    while (items.length < limit) {
      const page = await get<{ items: T[]; next: string | null }>(path, { ...query, cursor, limit: Math.min(limit - items.length, largestPage) });
      items.push(...page.items);
      if (page.next === null) break;
      cursor = page.next;
    }
    return items;
  };

  return {
    gateway,
    token,
    get,
    list,
    post: async <T>(path: string, body?: unknown) => (await send("POST", path, body)) as T,
    async ask<T>(path: string, body?: unknown) {
      const { newId } = await import("../ids/uuid.ts");
      const headers = { "idempotency-key": newId(systemClock) };
      const once = async (): Promise<T> => (await send("POST", path, body, headers)) as T;
      return once().catch((error: unknown) => {
        if (isLoomError(error) && error.code === "GATEWAY_NOT_RUNNING" && stillRuns()) return once();
        throw error;
      });
    },
    remove: async <T>(path: string) => (await send("DELETE", path)) as T,
  };
}

/** Null: there is none. */
function readToken(home: string): string | null {
  try {
    return readNow(join(home, "token")).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw isLoomError(error) ? error : new LoomError("HOME_UNSAFE", `The token of ${home} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

async function ask(gateway: GatewayFile, path: string, request: GatewayRequest): Promise<GatewayAnswer> {
  try {
    return await requestGateway(gateway.address + path, request);
  } catch (error) {
    throw new LoomError("GATEWAY_NOT_RUNNING", `The gateway at ${gateway.address} (process ${gateway.pid}) does not answer: ${messageOf(error)}`, { cause: error });
  }
}

/** What is thrown where a gateway that runs says nothing for so long. */
export function silent({ address, pid }: GatewayFile, ms: number): LoomError {
  return new LoomError("GATEWAY_TIMEOUT", `The gateway at ${address} (process ${pid}) did not answer within ${ms / 1_000} s.`);
}

/** The error that an answer tells of, under the code that the gateway gave it. */
function refusal(status: number, text: string): LoomError {
  const problem = problemIn(text);
  const code = (problem.code ?? "") in catalogue ? (problem.code as ErrorCode) : "INTERNAL";
  return new LoomError(code, problem.detail ?? `The gateway answered ${status}.`, {
    problems: problem.problems ?? [],
    ...(problem.help !== undefined && { help: problem.help }),
  });
}

/** Empty where the answer is none of the gateway's. */
function problemIn(text: string): Partial<{ code: string; detail: string; help: string; problems: Problem[] }> {
  try {
    return JSON.parse(text) as ReturnType<typeof problemIn>;
  } catch {
    return {};
  }
}

function withQuery(path: string, query: Query): string {
  const given = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)] as [string, string]]));
  return given.length > 0 ? `${path}?${new URLSearchParams(given)}` : path;
}
