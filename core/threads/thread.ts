import { MessageChannel, Worker, type MessagePort } from "node:worker_threads";
import { ownFile } from "../ownFiles.ts";
import type { Guest } from "./guest.ts";

/**
 * A thread for work that must not hold up the event loop, or must go on while that is held up. Each thread takes about
 * 9 MB, so several modules may work in one, each with a port of its own.
 */
export class Thread {
  readonly #worker: Worker;
  #failure: Error | undefined;

  /**
   * @param name shown by debuggers and by the system
   * @param soon modules that are going to work in it: it begins to load them at once
   */
  constructor(name: string, soon: readonly URL[] = []) {
    this.#worker = new Worker(ownFile("core/threads/threadMain.ts"), { name, workerData: soon.map(({ href }) => href) });
    this.#worker.on("error", (error: Error) => (this.#failure = error));
    // What keeps the process alive are the ports.
    this.#worker.unref();
  }

  /** What ended the thread, when nobody wanted it to. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /**
   * Makes a module work in this thread: what it exports as `serve` is called there.
   * @param data handed to `serve`
   * @returns the other end of its port, which closes when the thread ends
   */
  run(module: URL, data: unknown): MessagePort {
    const { port1, port2 } = new MessageChannel();
    this.#worker.postMessage({ module: module.href, data, port: port2 } satisfies Guest, [port2]);
    return port1;
  }

  /** Ends the thread wherever it is: modules that hold something are asked to let go of it before. */
  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}
