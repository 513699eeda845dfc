import { once } from "node:events";
import { Agent, request as httpRequest, validateHeaderValue } from "node:http";
import { connect } from "node:net";
import { WebSocket } from "ws";
import { seededRandom } from "../support/random.ts";
import { Dice, Grammar, type OpenApi, type Request } from "./grammar.ts";
import { bodyOf, mutate } from "./mutate.ts";

export interface AttackOptions {
  readonly address: string;
  readonly token: string;
  readonly document: OpenApi;
  /** Of strands, runs and all else that there is. */
  readonly ids: readonly string[];
  readonly seed: number;
  /** How many requests and messages. */
  readonly requests: number;
  /** Bytes that are neither. */
  readonly garbage: number;
}

export interface AttackReport {
  /** How many answers there were of each status; 0: the connection ended without one. */
  readonly statuses: ReadonlyMap<number, number>;
  /** What was answered with a fault of the server. */
  readonly faults: readonly string[];
}

const AT_ONCE = 8;
/** A reader of the live feed sends so many messages, and one in so many requests is one. */
const PER_FEED = 10;
const ONE_OF_FEED = 100;

/** Sends a gateway what nobody should, over real sockets. */
export async function attack({ address, token, document, ids, seed, requests, garbage }: AttackOptions): Promise<AttackReport> {
  const dice = new Dice(seededRandom(seed));
  const grammar = new Grammar(document, ids, dice);
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const statuses = new Map<number, number>();
  const faults: string[] = [];
  let left = requests;

  const one = async (): Promise<void> => {
    const request = mutate(grammar.request(), dice);
    const status = await send(request, bodyOf(request.body, dice));
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    if (status >= 500 && status !== 503) faults.push(`${status} ${JSON.stringify(request)}`);
  };

  const send = ({ method, path, query, headers, body }: Request, bytes: Buffer): Promise<number> =>
    new Promise((resolve) => {
      const { hostname, port } = new URL(address);
      const search = query.length > 0 ? `?${query.map(([name, value]) => `${encodeURIComponent(name.toWellFormed())}=${encodeURIComponent(value.toWellFormed())}`).join("&")}` : "";
      const sent = httpRequest(
        { hostname, port, agent, method, path: path + search, headers: { Authorization: `Bearer ${token}`, ...(body !== undefined && { "Content-Type": "application/json" }), ...sendable(headers) } },
        (answer) => {
          answer.resume();
          answer.once("close", () => resolve(answer.statusCode!));
        },
      );
      sent.once("error", () => resolve(0));
      sent.end(body === undefined ? undefined : bytes);
    });

  const worker = async (): Promise<void> => {
    while (left > 0) {
      if (dice.below(ONE_OF_FEED) === 0) {
        left -= PER_FEED;
        await disturbFeed(address, token, grammar, dice);
      } else {
        left--;
        await one();
      }
    }
  };

  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  for (let sent = 0; sent < garbage; ) sent += await sendGarbage(address, token, dice);
  agent.destroy();
  return { statuses, faults };
}

/** Headers that Node's client lets through at all. */
function sendable(headers: Request["headers"]): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name, value]) => {
    try {
      validateHeaderValue(name, value);
      return true;
    } catch {
      return false;
    }
  }));
}

/** A reader of the feed that says what it should not: before its hello, in it, or after it. */
async function disturbFeed(address: string, token: string, grammar: Grammar, dice: Dice): Promise<void> {
  const socket = new WebSocket(`${address.replace("http", "ws")}/ws/loom`, { perMessageDeflate: false });
  const over = once(socket, "close");
  socket.on("error", () => {});
  socket.on("message", () => {});
  socket.once("open", () => {
    if (dice.chance(0.7)) socket.send(JSON.stringify({ type: "hello", token, after: dice.of([undefined, 0, 1, 1e9, -1]) }));
    for (let n = 0; n < PER_FEED; n++) {
      const message = dice.of([{ type: "pong" }, { watch: null }, { watch: "none" }, { type: "hello", token: "x" }, { [dice.of(["watch", "type", "__proto__"])]: grammar.value({}) }]);
      socket.send(bodyOf(message, dice), { binary: dice.chance(0.2) });
    }
    if (dice.chance(0.3)) socket.terminate();
    else socket.close();
  });
  await over;
}

/** Bytes that are hardly a request, on a connection of their own. Answers how many. */
async function sendGarbage(address: string, token: string, dice: Dice): Promise<number> {
  const { hostname, port, host } = new URL(address);
  const bytes = dice.of([
    () => dice.bytes(1 + dice.below(20_000)),
    () => Buffer.concat([Buffer.from(`POST /api/loom/reload HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${token}\r\nTransfer-Encoding: chunked\r\n\r\n`), dice.bytes(2_000)]),
    () => Buffer.concat([Buffer.from(`GET /ws/loom HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`), dice.bytes(5_000)]),
    () => Buffer.from(`GET / HTTP/1.1\r\nHost: ${host}\r\n${Array.from({ length: 1_000 }, (_, n) => `X-${n}: ${dice.below(1e6)}\r\n`).join("")}\r\n`),
    () => Buffer.from(`GET /${"a".repeat(dice.below(20_000))} HTTP/1.1\r\nHost: ${host}\r\n\r\n`),
    () => Buffer.from(`POST /api/loom/session HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nContent-Length: ${dice.of([-1, 1e12, 5])}\r\n\r\n{"code":`),
  ])();
  const socket = connect(Number(port), hostname);
  const over = once(socket, "close");
  socket.on("error", () => {});
  socket.resume();
  socket.end(bytes);
  await over;
  return bytes.length;
}
