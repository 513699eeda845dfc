import { messageOf } from "../../../errors/loomError.ts";
import { ARTIFACT_PIECE_BYTES } from "../messages.ts";
import { clipName } from "./clip.ts";
import { toJson } from "./result.ts";
import type { Teller } from "./teller.ts";

/** Hands a call's artifacts to the gateway, and waits until they are kept. */
export class Artifacts {
  readonly #teller: Teller;
  readonly #call: number;
  readonly #most: number;
  readonly #waiting = new Map<number, PromiseWithResolvers<void>>();
  #last = 0;

  /** @param most bytes that one may have */
  constructor(teller: Teller, call: number, most: number) {
    this.#teller = teller;
    this.#call = call;
    this.#most = most;
  }

  /** @throws when its name is none that an address can hold, when it is too large, no JSON, or could not be kept */
  async hand(name: string, data: unknown): Promise<void> {
    if (["", ".", ".."].includes(String(name))) throw new Error(`An artifact cannot be called "${name}": give it a name such as report.json.`);
    const kind = typeof data === "string" ? "text" : data instanceof Uint8Array ? "bytes" : "json";
    const bytes = data instanceof Uint8Array ? Buffer.from(data.buffer, data.byteOffset, data.byteLength) : Buffer.from(typeof data === "string" ? data : toJson(data, this.#most));
    if (bytes.length > this.#most) throw new Error(`The artifact ${name} has ${bytes.length} bytes; the most is ${this.#most}.`);
    const artifact = ++this.#last;
    const kept = Promise.withResolvers<void>();
    this.#waiting.set(artifact, kept);
    for (let at = 0; at === 0 || at < bytes.length; at += ARTIFACT_PIECE_BYTES) {
      const piece = bytes.toString("base64", at, Math.min(at + ARTIFACT_PIECE_BYTES, bytes.length));
      this.#teller.tell({ is: "artifact", call: this.#call, artifact, name: clipName(name), kind, piece, last: at + ARTIFACT_PIECE_BYTES >= bytes.length });
    }
    await kept.promise;
  }

  /** The gateway has kept it, or says why not. */
  settle(artifact: number, error: string | null): void {
    const kept = this.#waiting.get(artifact);
    this.#waiting.delete(artifact);
    if (error === null) kept?.resolve();
    else kept?.reject(new Error(messageOf(error)));
  }
}
