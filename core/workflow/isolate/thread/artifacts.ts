import { messageOf } from "../../../errors/loomError.ts";
import { ARTIFACT_PIECE_BYTES, type FromThread } from "../messages.ts";
import { MOST_OF_NAME } from "./clip.ts";
import { toJson } from "./result.ts";
import type { Teller } from "./teller.ts";

/** Hands a call's artifacts to the gateway, and waits until they are kept. */
export class Artifacts {
  readonly #teller: Teller;
  readonly #call: number;
  readonly #most: number;
  readonly #kept = new Map<number, PromiseWithResolvers<void>>();
  /** Those that are told once there is room for them. */
  readonly #turns = new Map<number, PromiseWithResolvers<void>>();
  readonly #told = new Set<Promise<void>>();
  readonly #over = Promise.withResolvers<void>();
  #last = 0;

  /** @param most bytes that one may have */
  constructor(teller: Teller, call: number, most: number) {
    this.#teller = teller;
    this.#call = call;
    this.#most = most;
  }

  /** @throws when its name is too long or none that an address can hold, when it is too large, no JSON, or could not be kept */
  async hand(name: string, data: unknown): Promise<void> {
    if (["", ".", ".."].includes(String(name))) throw new Error(`An artifact cannot be called "${name}": give it a name such as report.json.`);
    // Cut, two of them could become one.
    if (String(name).length > MOST_OF_NAME) throw new Error(`The name of an artifact has ${String(name).length} characters; the most is ${MOST_OF_NAME}.`);
    const kind = typeof data === "string" ? "text" : data instanceof Uint8Array ? "bytes" : "json";
    // A copy: it may be written to while it waits for its turn.
    const bytes = data instanceof Uint8Array ? Buffer.from(data) : Buffer.from(typeof data === "string" ? data : toJson(data, this.#most));
    if (bytes.length > this.#most) throw new Error(`The artifact ${name} has ${bytes.length} bytes; the most is ${this.#most}.`);
    const artifact = ++this.#last;
    const kept = Promise.withResolvers<void>();
    this.#kept.set(artifact, kept);
    const told = this.#tellInTurn({ is: "artifact", call: this.#call, artifact, name: String(name), kind }, bytes);
    this.#told.add(told);
    await told.finally(() => this.#told.delete(told));
    await kept.promise;
  }

  /** Its turn has come. */
  tell(artifact: number): void {
    this.#turns.get(artifact)?.resolve();
  }

  /** Resolves when all that was handed so far is told, or never will be: a call that is over has no turns. */
  async told(): Promise<void> {
    await Promise.race([this.#over.promise, Promise.all(this.#told)]);
  }

  /** The call is over. */
  end(): void {
    this.#over.resolve();
  }

  /** The gateway has kept it, or says why not. */
  settle(artifact: number, error: string | null): void {
    const kept = this.#kept.get(artifact);
    this.#kept.delete(artifact);
    if (error === null) kept?.resolve();
    else kept?.reject(new Error(messageOf(error)));
  }

  async #tellInTurn(artifact: Omit<FromThread & { readonly is: "artifact" }, "piece" | "last">, bytes: Buffer): Promise<void> {
    const turn = Promise.withResolvers<void>();
    this.#turns.set(artifact.artifact, turn);
    this.#teller.tell({ is: "hands", call: artifact.call, artifact: artifact.artifact, bytes: bytes.length });
    await turn.promise;
    this.#turns.delete(artifact.artifact);
    for (let at = 0; at === 0 || at < bytes.length; at += ARTIFACT_PIECE_BYTES) {
      const end = at + ARTIFACT_PIECE_BYTES;
      this.#teller.tell({ ...artifact, piece: bytes.toString("base64", at, Math.min(end, bytes.length)), last: end >= bytes.length });
    }
  }
}
