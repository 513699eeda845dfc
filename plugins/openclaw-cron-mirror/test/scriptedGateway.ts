/** A server that greets as an OpenClaw gateway does, and then does what a real one does only on its worst days. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocketServer } from "ws";

type Params = Readonly<Record<string, any>>;
/** What is answered to a method: a payload, a `refusal`, or null for no answer at all. */
export type Script = (params: Params) => object | null;

const refusals = new WeakSet<object>();

/** An answer that says no, as OpenClaw's `error` does. */
export function refusal(code: string, message: string, more: object = {}): object {
  const error = { code, message, ...more };
  refusals.add(error);
  return error;
}

export class ScriptedGateway implements AsyncDisposable {
  /** Methods that were asked, in order, without the greeting. */
  readonly asked: string[] = [];
  readonly script: Record<string, Script>;
  #server: Server;
  readonly #sockets = new WebSocketServer({ noServer: true });
  #port = 0;

  constructor(jobs: readonly object[] = []) {
    this.script = {
      "connect": ({ scopes }) => ({ type: "hello-ok", protocol: 4, server: { version: "2026.9.6" }, auth: { scopes } }),
      "cron.status": () => ({ enabled: true }),
      "cron.list": (params) => pageOf(jobs, params),
      "cron.runs": () => ({ entries: [], hasMore: false }),
    };
    this.#server = this.#serve();
  }

  get url(): string {
    return `ws://127.0.0.1:${this.#port}`;
  }

  /** Listens; after `stop` on the same port again. */
  async start(): Promise<this> {
    this.#server.listen(this.#port, "127.0.0.1");
    await once(this.#server, "listening");
    this.#port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  /** Ends, and every connection with it. */
  async stop(): Promise<void> {
    this.close(1006);
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
    this.#server = this.#serve();
  }

  /** Answers that it is starting or stopping instead of opening connections. */
  unavailable = false;

  /** Sends an event over every connection. */
  tell(event: string, payload: object): void {
    for (const client of this.#sockets.clients) client.send(JSON.stringify({ type: "event", event, payload }));
  }

  /** Closes every connection, with a code of WebSocket's; 1006 stands for no word of farewell. */
  close(code: number, reason = ""): void {
    for (const client of this.#sockets.clients) {
      if (code === 1006) client.terminate();
      else client.close(code, reason);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#server.listening) await this.stop();
  }

  #serve(): Server {
    const server = createServer((_request: IncomingMessage, response: ServerResponse) => void response.writeHead(404).end());
    server.on("upgrade", (request, socket, head) => {
      if (this.unavailable) return void socket.end("HTTP/1.1 503 Service Unavailable\r\n\r\n");
      this.#sockets.handleUpgrade(request, socket, head, (client) => {
        client.on("error", () => {});
        client.on("message", (data) => {
          const { id, method, params } = JSON.parse(String(data)) as { id: string; method: string; params: Params };
          if (method !== "connect") this.asked.push(method);
          const payload = (this.script[method] ?? (() => ({})))(params);
          if (payload === null) return;
          client.send(JSON.stringify({ type: "res", id, ...(refusals.has(payload) ? { ok: false, error: payload } : { ok: true, payload }) }));
        });
        client.send(JSON.stringify({ type: "event", event: "connect.challenge", payload: { nonce: "n" } }));
      });
    });
    return server;
  }
}

/** A page of `cron.list`, cut as OpenClaw cuts it. */
export function pageOf(jobs: readonly object[], { offset = 0, limit = 50 }: Params, revision = String(jobs.length)): object {
  const next = offset + limit;
  const hasMore = next < jobs.length;
  return { jobs: jobs.slice(offset, next), total: jobs.length, offset, limit, hasMore, nextOffset: hasMore ? next : null, snapshotRevision: revision };
}

/** A job as `cron.list` gives it. */
export function commandJob(id: string, more: object = {}): object {
  return {
    id, name: `job ${id}`, enabled: true, schedule: { kind: "every", everyMs: 60_000 }, sessionTarget: "isolated", wakeMode: "now",
    payload: { kind: "command", argv: ["sh", "-c", "true"] }, delivery: { mode: "none" }, state: { nextRunAtMs: 1_795_000_000_000 }, ...more,
  };
}
