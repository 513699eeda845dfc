import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A web server on loopback that keeps what it was asked. */
export class WebServer implements AsyncDisposable {
  readonly asked: Asked[] = [];
  readonly #server: Server;

  private constructor(answer: (asked: Asked, response: ServerResponse, nth: number) => void) {
    this.#server = createServer(async (request, response) => {
      const asked = { method: request.method!, path: request.url!, headers: request.headers, body: await text(request) };
      answer(asked, response, this.asked.push(asked));
    });
  }

  /** @param answer gets each request with its number, from 1 */
  static async start(answer: (asked: Asked, response: ServerResponse, nth: number) => void): Promise<WebServer> {
    const server = new WebServer(answer);
    server.#server.listen(0, "127.0.0.1");
    await once(server.#server, "listening");
    return server;
  }

  /** `127.0.0.1` and the port. */
  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }
}
