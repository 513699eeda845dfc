import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** Whoever says this in a prompt is answered that there is nothing to say. */
export const SILENCE = "keep quiet today";

/** A model server on a free port of this machine, that speaks as OpenAI's does and knows one sentence. */
export class StubModel implements AsyncDisposable {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<StubModel> {
    const server = createServer(async (asked, answer) => {
      const { messages = [], model } = JSON.parse((await text(asked)) || "{}");
      const content = JSON.stringify(messages).includes(SILENCE) ? "NO_REPLY" : "Three notes were filed, one was a duplicate. Nothing needs you today.";
      const chunk = (more: object): string => `data: ${JSON.stringify({ id: "stub", object: "chat.completion.chunk", created: 1, model, ...more })}\n\n`;
      answer.writeHead(200, { "content-type": "text/event-stream" });
      answer.write(chunk({ choices: [{ index: 0, delta: { role: "assistant", content }, finish_reason: null }] }));
      answer.write(chunk({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] }));
      answer.end(`${chunk({ choices: [], usage: { prompt_tokens: 1_830, completion_tokens: 21, total_tokens: 1_851 } })}data: [DONE]\n\n`);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new StubModel(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }
}
