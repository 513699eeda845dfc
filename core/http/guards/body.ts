import type { IncomingMessage } from "node:http";
import { isLoomError, LoomError } from "../../errors/loomError.ts";
import { whyUnfit } from "../../jsonShape.ts";
import type { Json } from "../../mirror/contract.ts";
import { MAX_BODY_BYTES } from "./limits.ts";

/** The first piece of memory for a body: most fit into it. */
const FIRST_BYTES = 4 * 1024;
const RETRY_MS = 1_000;

/** Reads the bodies of requests, with a bound on what all that are under way hold together. */
export class Bodies {
  readonly #most: number;
  #held = 0;

  /** @param most bytes, of all that are under way */
  constructor(most: number) {
    this.#most = most;
  }

  /**
   * The body of a request that changes something; undefined when it has none. Only JSON is taken: what a form of another
   * site can send is no JSON.
   *
   * @throws LoomError UNSUPPORTED_TYPE, TOO_LARGE, BAD_INPUT, RATE_LIMITED
   */
  async json(request: IncomingMessage): Promise<Json | undefined> {
    checkType(request);
    const text = decode(await this.raw(request));
    if (text === "") return undefined;
    if (request.headers["content-type"] === undefined) throw unsupported("The body has no content type.");
    return parse(text);
  }

  /**
   * The body of a request as it was sent, for who has to check a signature of its bytes.
   *
   * @throws LoomError UNSUPPORTED_TYPE where it is compressed, TOO_LARGE, BAD_INPUT where it breaks off, RATE_LIMITED
   */
  async raw(request: IncomingMessage): Promise<Buffer> {
    checkEncoding(request);
    const length = Number(request.headers["content-length"] ?? 0);
    if (length === 0 && request.headers["transfer-encoding"] === undefined) return Buffer.alloc(0);
    if (length > MAX_BODY_BYTES) throw tooLarge();
    return this.#read(request);
  }

  async #read(request: IncomingMessage): Promise<Buffer> {
    // Copied into one piece: a chunk takes some hundred bytes beside its own, and its sender makes it as small as one.
    let bytes: Buffer = Buffer.alloc(0);
    let length = 0;
    try {
      for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
        const needed = length + chunk.length;
        if (needed > MAX_BODY_BYTES) throw tooLarge();
        if (needed > bytes.length) bytes = this.#larger(bytes, Math.min(MAX_BODY_BYTES, Math.max(FIRST_BYTES, 2 * needed)));
        chunk.copy(bytes, length);
        length = needed;
      }
    } catch (cause) {
      // The peer's doing, and no fault of ours.
      throw request.destroyed && !isLoomError(cause) ? new LoomError("BAD_INPUT", "The connection ended in the middle of the body.", { cause }) : cause;
    } finally {
      this.#held -= bytes.length;
    }
    return bytes.subarray(0, length);
  }

  #larger(bytes: Buffer, size: number): Buffer {
    const more = size - bytes.length;
    if (this.#held + more > this.#most) throw new LoomError("RATE_LIMITED", "Too much is being sent to Loom at once.", { retryAfterMs: RETRY_MS });
    this.#held += more;
    return Buffer.concat([bytes], size);
  }
}

function checkType(request: IncomingMessage): void {
  const type = request.headers["content-type"];
  if (type !== undefined && !/^application\/json\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?$/i.test(type)) throw unsupported(`A body of the type ${type.slice(0, 100)} is not taken.`);
}

function checkEncoding(request: IncomingMessage): void {
  const encoding = request.headers["content-encoding"];
  if (encoding !== undefined && encoding !== "identity") throw unsupported("A compressed body is not taken.");
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new LoomError("BAD_INPUT", "The body is not UTF-8.");
  }
}

function parse(text: string): Json {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch (error) {
    throw new LoomError("BAD_INPUT", `The body is not JSON: ${(error as Error).message}`);
  }
  const unfit = whyUnfit(value);
  if (unfit !== null) throw new LoomError("BAD_INPUT", unfit);
  return value;
}

function unsupported(message: string): LoomError {
  return new LoomError("UNSUPPORTED_TYPE", message);
}

function tooLarge(): LoomError {
  return new LoomError("TOO_LARGE", "The body is longer than 1 MiB.");
}
