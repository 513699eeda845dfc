import type { Teller } from "./teller.ts";

type Stream = "stdout" | "stderr";

/** Longer pieces would hold up the gateway; shorter ones cost more than they carry. */
const PIECE = 16_384;

/** Gathers what a call prints in one turn of the event loop, so that many short lines cost little. */
export class Output {
  readonly #teller: Teller;
  readonly #call: number;
  #stream: Stream = "stdout";
  #text = "";
  #waiting: NodeJS.Immediate | null = null;

  constructor(teller: Teller, call: number) {
    this.#teller = teller;
    this.#call = call;
  }

  print(stream: Stream, text: string): void {
    if (stream !== this.#stream) this.flush();
    this.#stream = stream;
    this.#text += text;
    if (this.#text.length >= PIECE) this.flush();
    else this.#waiting ??= setImmediate(() => this.flush());
  }

  /** Tells at once what is gathered. */
  flush(): void {
    if (this.#waiting) clearImmediate(this.#waiting);
    this.#waiting = null;
    const text = this.#text;
    this.#text = "";
    for (let at = 0; at < text.length; at += PIECE) {
      this.#teller.tell({ is: "output", call: this.#call, stream: this.#stream, text: text.slice(at, at + PIECE) });
    }
  }
}
