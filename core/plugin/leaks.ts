import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { ChildProcess } from "node:child_process";
import type { Socket as DatagramSocket } from "node:dgram";
import type { Server, Socket } from "node:net";
import type { Worker } from "node:worker_threads";
import type { Guard, Runner } from "./guard.ts";

/** Says in words what of it is still there, or null. */
type Look = () => string | null;

/**
 * Remembers the sockets, servers, children and threads that plugins open past `ctx`. Node announces each of them as it
 * is made, in the context of its maker; that costs nothing while none is made, unlike async hooks.
 */
export class Leaks {
  readonly #guard: Guard;
  readonly #opened = new Map<string, Look[]>();
  readonly #channels: readonly [string, (message: unknown) => void][];

  constructor(guard: Guard) {
    this.#guard = guard;
    this.#channels = [
      ["net.client.socket", (message) => this.#note(socketLook((message as { socket: Socket }).socket))],
      ["tracing:net.server.listen:asyncEnd", (message) => this.#note(serverLook((message as { server: Server }).server))],
      ["udp.socket", (message) => this.#note(datagramLook((message as { socket: DatagramSocket }).socket))],
      ["child_process", (message) => this.#note(childLook((message as { process: ChildProcess }).process))],
      ["worker_threads", (message) => this.#note(workerLook((message as { worker: Worker }).worker))],
    ];
    for (const [name, listener] of this.#channels) subscribe(name, listener);
  }

  /** What a generation has opened and not closed. Forgets what is closed. */
  of(runner: Runner): string[] {
    const open = (this.#opened.get(keyOf(runner)) ?? []).flatMap((look) => look() ?? []);
    return [...new Set(open)];
  }

  forget(runner: Runner): void {
    this.#opened.delete(keyOf(runner));
  }

  dispose(): void {
    for (const [name, listener] of this.#channels) unsubscribe(name, listener);
    this.#opened.clear();
  }

  #note(look: Look): void {
    const runner = this.#guard.current;
    if (!runner) return;
    const key = keyOf(runner);
    const open = this.#opened.get(key)?.filter((earlier, at, all) => all.length < 100 || earlier() !== null) ?? [];
    this.#opened.set(key, [...open, look]);
  }
}

const keyOf = ({ plugin, generation }: Runner): string => `${plugin}#${generation}`;

/** The handle behind a socket. An idle one in a pool does not keep the process alive and is no leak. */
type WithHandle = { readonly _handle?: { hasRef?(): boolean } | null };

function socketLook(socket: Socket): Look {
  const weak = new WeakRef(socket);
  return () => {
    const it = weak.deref();
    if (!it || it.destroyed || (it as unknown as WithHandle)._handle?.hasRef?.() === false) return null;
    return `a connection to ${it.remoteAddress ?? "an address not reached yet"}${it.remotePort ? `:${it.remotePort}` : ""}`;
  };
}

function serverLook(server: Server): Look {
  const weak = new WeakRef(server);
  return () => {
    const address = weak.deref()?.address();
    if (!address) return null;
    return `a server on ${typeof address === "string" ? address : `${address.address}:${address.port}`}`;
  };
}

function datagramLook(socket: DatagramSocket): Look {
  const weak = new WeakRef(socket);
  return () => {
    try {
      const { address, port } = weak.deref()?.address() ?? {};
      return address ? `a UDP socket on ${address}:${port}` : null;
    } catch {
      return null;
    }
  };
}

function childLook(child: ChildProcess): Look {
  const weak = new WeakRef(child);
  return () => {
    const it = weak.deref();
    if (!it?.pid || it.exitCode !== null || it.signalCode !== null) return null;
    return `the child process ${it.pid} (${it.spawnfile})`;
  };
}

function workerLook(worker: Worker): Look {
  const weak = new WeakRef(worker);
  return () => {
    const it = weak.deref();
    return it && it.threadId > 0 ? `the worker thread ${it.threadId}` : null;
  };
}
