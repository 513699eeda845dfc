import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { LOOPBACK } from "../config/addresses.ts";
import { LoomError } from "../errors/loomError.ts";
import { boundChunks } from "./guards/chunks.ts";
import { serverOptions, type Limits } from "./guards/limits.ts";
import { isLoopback, socketPeer, type Proxy } from "./guards/proxy.ts";
import { answerUnreadable } from "./unreadable.ts";
import { UnderWay } from "./underWay.ts";

/** Addresses that stand for others too: these loopbacks among them. */
const EVERYWHERE: Readonly<Record<string, readonly string[]>> = { "0.0.0.0": ["127.0.0.1"], "::": LOOPBACK };
const IPV6 = LOOPBACK[1]!;
/** What a machine without IPv6 says. */
const NO_SUCH_ADDRESS: readonly unknown[] = ["EADDRNOTAVAIL", "EAFNOSUPPORT"];

export interface ListenersOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly proxy: Proxy | null;
  readonly limits: Limits;
  onRequest: RequestListener;
  onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

/** The servers of all addresses that the gateway listens on. The command line always finds it on loopback. */
export class Listeners {
  readonly #options: ListenersOptions;
  readonly #hosts: readonly string[];
  readonly #servers: readonly Server[];
  readonly #underWay = new UnderWay();
  /** Of all addresses together. */
  #connections = 0;
  /** Connections that Node has handed over, and knows no more. */
  readonly #upgraded = new Set<Duplex>();
  // Kept, since a server that closes has no address any more, and still answers what is under way.
  #port: number;

  constructor(options: ListenersOptions) {
    this.#options = options;
    this.#port = options.port;
    this.#hosts = hostsOf(options.host);
    this.#servers = this.#hosts.map(() => this.#server());
  }

  get port(): number {
    return this.#port;
  }

  /** Where programs of this machine reach it. */
  get address(): string {
    return `http://${this.#options.host === "::1" ? "[::1]" : "127.0.0.1"}:${this.#port}`;
  }

  /** @throws LoomError PORT_IN_USE, CONFIG_INVALID */
  async listen(): Promise<void> {
    for (const [n, server] of this.#servers.entries()) {
      const host = this.#hosts[n]!;
      try {
        await bind(server, host, this.#port);
      } catch (error) {
        // Where there is none, browsers find nobody else there either.
        if (host === IPV6 && host !== this.#options.host && NO_SUCH_ADDRESS.includes((error as NodeJS.ErrnoException).code)) continue;
        throw readable(error as NodeJS.ErrnoException, host, this.#port);
      }
      this.#port = (server.address() as AddressInfo).port;
    }
  }

  /** Resolves when no request is under way. */
  answered(): Promise<void> {
    return this.#underWay.over();
  }

  /** Takes no more connections, and resolves when those there are have ended. */
  async close(): Promise<void> {
    await Promise.all(this.#servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))));
  }

  /** Takes no more connections either, and keeps the port for as long as the process lives. */
  refuse(): void {
    for (const server of this.#servers) {
      server.maxConnections = 0;
      server.unref();
    }
  }

  drop(): void {
    for (const server of this.#servers) server.closeAllConnections();
  }

  /** Those that are no HTTP any more, or were to be none: nothing else ends them where their peer does not. */
  dropUpgraded(): void {
    for (const socket of [...this.#upgraded]) socket.destroy();
  }

  #server(): Server {
    const { limits, proxy, onRequest, onUpgrade } = this.#options;
    const server = createServer(serverOptions(limits));
    // No limit on their number, only on their size: Node would leave the rest out, and a guard has to see them all.
    server.maxHeadersCount = 0;
    server.on("connection", (socket: Socket) => {
      if (!mayConnect(socketPeer({ socket }), proxy) || this.#connections >= limits.connections) return void socket.destroy();
      this.#connections++;
      socket.once("close", () => this.#connections--);
    });
    this.#underWay.watch(server);
    /** What each connection is being answered with. */
    const busy = new WeakMap<Duplex, ServerResponse>();
    const take: RequestListener = (request, response) => {
      const { socket } = request;
      boundChunks(request, response);
      // Whoever sends several at once and takes no answer would have them all made, and kept.
      if (busy.has(socket)) return void socket.destroy();
      busy.set(socket, response);
      response.once("close", () => busy.delete(socket));
      onRequest(request, response);
    };
    server.on("request", take);
    // Whatever else it expects, it is told what comes of it, and bounded as any other.
    server.on("checkExpectation", take);
    server.on("clientError", (error, socket) => answerUnreadable(error, socket, busy.get(socket)?.headersSent === true));
    server.on("upgrade", (request, socket, head) => {
      if (busy.has(socket)) return void socket.destroy();
      this.#upgraded.add(socket);
      socket.once("close", () => this.#upgraded.delete(socket));
      onUpgrade(request, socket, head);
    });
    return server;
  }
}

/** Whether a peer may say anything at all: programs of this machine, and the proxy. */
export function mayConnect(peer: string, proxy: Proxy | null): boolean {
  return isLoopback(peer) || proxy?.isAt(peer) === true;
}

/** Programs find it on loopback, whatever it listens on besides. On both, where browsers look for `localhost`: whoever had the other would be Loom to them. */
function hostsOf(host: string): string[] {
  return [...new Set([...LOOPBACK.filter((address) => !EVERYWHERE[host]?.includes(address)), host])];
}

function bind(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port }, resolve);
  });
}

function readable(error: NodeJS.ErrnoException, host: string, port: number): Error {
  if (error.code === "EADDRINUSE") return new LoomError("PORT_IN_USE", `Port ${port} is taken by another program.`, { cause: error });
  if (error.code === "EADDRNOTAVAIL") return new LoomError("CONFIG_INVALID", `${host} is no address of this machine.`, { cause: error, help: "Name one of its own as `host`, or 0.0.0.0 for all of them." });
  return error;
}
