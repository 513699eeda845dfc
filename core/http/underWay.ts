import type { IncomingMessage, Server, ServerResponse } from "node:http";

/** Counts the requests that servers have begun to answer. */
export class UnderWay {
  #count = 0;
  #none = Promise.resolve();
  #done: () => void = () => {};

  watch(server: Server): void {
    for (const event of ["request", "checkExpectation"]) {
      server.on(event, (_request: IncomingMessage, response: ServerResponse) => {
        this.#begin();
        response.once("close", () => this.#end());
      });
    }
  }

  /** Resolves when no request is under way. */
  over(): Promise<void> {
    return this.#none;
  }

  #begin(): void {
    if (this.#count++ > 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#none = promise;
    this.#done = resolve;
  }

  #end(): void {
    if (--this.#count === 0) this.#done();
  }
}
