import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import WebSocket from "ws";
import { filesOf } from "../../core/http/page/pageFiles.ts";
import { createHttp, type Http, type HttpOptions } from "../../core/http/app.ts";
import type { HttpServices } from "../../core/http/services.ts";
import { LoomError } from "../../core/errors/loomError.ts";
import { newId } from "../../core/ids/uuid.ts";
import { StrandIndex } from "../../core/registry/strandIndex.ts";
import type { Store } from "../../core/store/contract.ts";
import { openSqliteStore } from "../../core/store/sqlite/open.ts";
import { FakeClock } from "../../core/testing/fakeClock.ts";
import { quietLog } from "../../core/testing/quietLog.ts";
import { T } from "../contract/fixtures.ts";

export const TOKEN = "the-admin-token-of-this-test";
export const NODE = { id: "node-1", name: "mill" };

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly json: any;
}

export interface Ask {
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: unknown;
  /** Default: the token. */
  readonly as?: "token" | "nobody";
}

/** A real server on a free port, over a real store, with nothing else of the gateway. */
export interface Door extends AsyncDisposable {
  readonly http: Http;
  readonly port: number;
  readonly store: Store;
  readonly index: StrandIndex;
  readonly clock: FakeClock;
  readonly services: HttpServices & { token: string; isReady: boolean };
  /** Folder of the page, when it is not another one. */
  readonly page: string;
  ask(method: string, path: string, options?: Ask): Promise<Reply>;
  get(path: string, options?: Ask): Promise<Reply>;
  post(path: string, body?: unknown, options?: Ask): Promise<Reply>;
  /** Writes these bytes to a socket and reads until the server closes it. */
  raw(bytes: string): Promise<string>;
  /** Signs in as the page does. */
  signIn(): Promise<{ cookie: string; key: string }>;
  feed(headers?: Record<string, string>, path?: string): FeedClient;
}

/** @param options `page`: by default what lies in a folder of its own, an empty page at first */
export async function openDoor(options: Pick<Partial<HttpOptions>, "limits" | "page"> & { services?: Partial<HttpServices>; config?: Partial<HttpOptions["config"]> } = {}): Promise<Door> {
  const folder = await mkdtemp(join(tmpdir(), "loom-door-"));
  await writeFile(join(folder, "index.html"), "<!doctype html><title>Loom</title>");
  const store = await openSqliteStore({ file: join(folder, "loom.db") });
  const clock = new FakeClock(T);
  const index = new StrandIndex(store, quietLog, clock);
  await index.start();
  const services = { ...servicesOver(store, index, clock), ...options.services };
  const http = createHttp({ services, config: { port: 0, host: "127.0.0.1", ...options.config }, page: options.page ?? filesOf(folder), log: quietLog, clock, ...(options.limits && { limits: options.limits }) });
  const { port } = await http.listen();
  const ask = (method: string, path: string, how: Ask = {}): Promise<Reply> => request(port, method, path, how);
  const clients: FeedClient[] = [];
  return {
    http,
    port,
    store,
    index,
    clock,
    services,
    page: folder,
    ask,
    get: (path, how) => ask("GET", path, how),
    post: (path, body, how) => ask("POST", path, { ...how, body }),
    raw: (bytes) => exchange(port, bytes),
    async signIn() {
      const { host, hash } = new URL(http.signInLink());
      const { headers, json } = await ask("POST", "/api/loom/session", { body: { code: hash.slice("#sign-in=".length) }, as: "nobody", headers: { Host: host } });
      return { cookie: headers["set-cookie"]![0]!.split(";")[0]!, key: json.key };
    },
    feed(headers = {}, path = "/ws/loom") {
      const client = new FeedClient(`ws://127.0.0.1:${port}${path}`, headers);
      clients.push(client);
      return client;
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.socket.terminate();
      const closed = http.close();
      // Nobody waits for what a browser has not taken.
      await clock.advance(3_000);
      await closed;
      await index.stop();
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function servicesOver(store: Store, index: StrandIndex, clock: FakeClock): Door["services"] {
  return {
    store,
    index,
    sources: { look: async () => {}, accept: async () => {}, setGrace: () => {}, lastGoodReadAt: () => null },
    runs: { cancel: nothing, retry: nothing, progress: () => ({}), onNews: () => () => {} },
    library: { files: () => [], reload: async () => [], on: () => () => {} },
    webhooks: { receive: nothing },
    pauses: { report: nothing, pause: nothing, resume: nothing },
    commands: {
      ask: async ({ strandId, kind, by }) => {
        const added = await store.commands.add({ id: newId(clock), strandId, sourceId: null, kind, by, askedAt: clock.now() });
        if (added.outcome !== "ok") throw new Error("the command is there already");
        return added.command;
      },
      withdraw: async (id, by) => {
        const moved = await store.commands.move(id, ["asked"], "refused", clock.now(), { reason: `withdrawn by ${by}` });
        if (moved.outcome !== "ok") throw new LoomError(moved.outcome === "lost" ? "CONFLICT" : "NOT_FOUND", "It cannot be withdrawn.");
        return moved.command;
      },
    },
    plugins: { list: () => [] },
    routes: { list: () => [] },
    widgets: { list: () => [] },
    node: NODE,
    redact: (text: string) => text,
    hostZone: "Europe/Berlin",
    version: "0.0.0",
    startedAt: clock.now(),
    token: TOKEN,
    isReady: true,
    adminToken() {
      return this.token;
    },
    ready() {
      return this.isReady;
    },
  };
}

/** Of services that only workflows have. */
const nothing = (): Promise<never> => Promise.reject(new LoomError("NOT_FOUND", "There are no workflows here."));

function request(port: number, method: string, path: string, { headers = {}, body, as = "token" }: Ask): Promise<Reply> {
  const payload = body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body);
  const sent = {
    ...(as === "token" && { Authorization: `Bearer ${TOKEN}` }),
    ...(payload !== undefined && { "Content-Type": "application/json", "Content-Length": String(Buffer.byteLength(payload)) }),
    ...headers,
  };
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({ host: "127.0.0.1", port, method, path, headers: sent, agent: false }, async (incoming) => {
      try {
        const answer = await text(incoming);
        const isJson = /json/.test(incoming.headers["content-type"] ?? "");
        resolve({ status: incoming.statusCode!, headers: incoming.headers, text: answer, json: isJson && answer ? JSON.parse(answer) : undefined });
      } catch (error) {
        reject(error);
      }
    });
    outgoing.on("error", reject);
    outgoing.end(payload);
  });
}

function exchange(port: number, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
    socket.on("data", (chunk) => (answer += chunk.toString()));
    socket.on("error", () => {});
    socket.on("close", () => resolve(answer));
  });
}

/** A reader of the live feed that keeps what it was told. */
export class FeedClient {
  readonly socket: WebSocket;
  readonly messages: any[] = [];
  /** The close code, or the status of the refusal. */
  readonly end: Promise<number>;
  #arrived = Promise.withResolvers<void>();

  constructor(url: string, headers: Record<string, string>) {
    this.socket = new WebSocket(url, { headers });
    this.socket.on("message", (data) => {
      this.messages.push(JSON.parse(String(data)));
      this.#arrived.resolve();
      this.#arrived = Promise.withResolvers();
    });
    this.end = new Promise((resolve) => {
      this.socket.on("error", () => {});
      this.socket.on("unexpected-response", (_request, response) => resolve(response.statusCode!));
      this.socket.on("close", (code) => resolve(code));
    });
  }

  async hello(message: Record<string, unknown> = { token: TOKEN }): Promise<this> {
    await this.send({ type: "hello", ...message });
    return this;
  }

  async send(message: unknown): Promise<void> {
    if (this.socket.readyState === WebSocket.CONNECTING) await new Promise((resolve) => this.socket.once("open", resolve));
    this.socket.send(typeof message === "string" ? message : JSON.stringify(message));
  }

  /** Waits until a message fits. */
  async until(fits: (message: any) => boolean): Promise<any> {
    for (;;) {
      const found = this.messages.find(fits);
      if (found) return found;
      await this.#arrived.promise;
    }
  }

  events(): any[] {
    return this.messages.filter((message) => message.type === "event");
  }
}
