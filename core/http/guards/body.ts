import type { IncomingMessage } from "node:http";
import { isLoomError, LoomError } from "../../errors/loomError.ts";
import { readOutside } from "../../jsonShape.ts";
import { KeyedTurns } from "../../keyedTurns.ts";
import type { Json } from "../../mirror/contract.ts";
import { MAX_BODY_BYTES } from "./limits.ts";

/** The first piece of memory for a body: most fit into it. */
const FIRST_BYTES = 4 * 1024;
const RETRY_MS = 1_000;

/** What is made of a longer body may take fifty times its memory: of these so many of a caller are handled at a time by each who handles them. */
const LARGE_BYTES = 16 * 1024;
const LARGE_AT_A_TIME = 4;
/** A body that says that it is no longer than this always has room: connections are few enough. Long ones keep no short one out. */
const SHORT_BYTES = LARGE_BYTES;

/** One caller may hold half of the room. */
const SHARE = 1 / 2;
/** A body that has been coming for so long gives way where there is no room: who sends slowly keeps nobody else out. */
const SLOW_MS = 1_000;

/** Bounds what the bodies of requests hold together, from their first byte until they are handled. */
export class Bodies {
  readonly #most: number;
  readonly #mono: () => number;
  readonly #large = new KeyedTurns(LARGE_AT_A_TIME);
  /** Those that are not whole yet; what began first is the first. */
  readonly #coming = new Map<Body, { readonly since: number; readonly giveWay: () => void }>();
  readonly #heldBy = new Map<string, number>();
  #held = 0;

  /**
   * @param most bytes, of all that are under way
   * @param mono milliseconds that only grow
   */
  constructor(most: number, mono: () => number) {
    this.#most = most;
    this.#mono = mono;
  }

  /**
   * Room for the body of one request, to be kept until that is handled.
   * @param whose what tells its caller from others
   * @param handler what tells who handles it, such as a plugin, from others: one that is slow holds up no bodies but its own
   */
  room(whose: string, handler = ""): BodyRoom {
    const body: Body = { whose, held: 0 };
    return new BodyRoom({
      take: (more) => {
        if ((this.#heldBy.get(whose) ?? 0) + more > this.#most * SHARE) this.#makeRoom(more, (other) => other !== body && other.whose === whose);
        if (this.#held + more > this.#most) this.#makeRoom(more, (other) => other !== body);
        this.#count(body, more);
      },
      coming: (giveWay) => void this.#coming.set(body, { since: this.#mono(), giveWay }),
      isWhole: () => void this.#coming.delete(body),
      giveBack: () => this.#count(body, -body.held),
      inTurn: (handle) => this.#large.add(`${whose} ${handler}`, handle),
    });
  }

  #count(body: Body, more: number): void {
    body.held += more;
    this.#held += more;
    const theirs = (this.#heldBy.get(body.whose) ?? 0) + more;
    if (theirs > 0) this.#heldBy.set(body.whose, theirs);
    else this.#heldBy.delete(body.whose);
  }

  /** Ends what comes slowly, the slowest first, until so many bytes are free. @throws LoomError RATE_LIMITED where that is not enough */
  #makeRoom(bytes: number, fits: (body: Body) => boolean): void {
    let free = 0;
    for (const [body, { since, giveWay }] of this.#coming) {
      if (since + SLOW_MS > this.#mono() || free >= bytes) break;
      if (!fits(body) || body.held === 0) continue;
      free += body.held;
      this.#coming.delete(body);
      this.#count(body, -body.held);
      giveWay();
    }
    if (free < bytes) throw new LoomError("RATE_LIMITED", "Too much is being sent to Loom at once.", { retryAfterMs: RETRY_MS });
  }
}

/** What a caller has sent of a body. */
interface Body {
  readonly whose: string;
  held: number;
}

interface Space {
  /** Takes so many bytes more. @throws LoomError RATE_LIMITED where there is no room for them */
  take(more: number): void;
  /** It begins to come, and may have to give way. */
  coming(giveWay: () => void): void;
  /** Nothing more of it comes. */
  isWhole(): void;
  giveBack(): void;
  /** Calls `handle` once a large body may be handled. */
  inTurn(handle: () => Promise<void>): Promise<void>;
}

/** Takes in the body of one request. */
export class BodyRoom implements Disposable {
  readonly #space: Space;
  readonly #handled = Promise.withResolvers<void>();

  constructor(space: Space) {
    this.#space = space;
  }

  /**
   * The body of a request that changes something; undefined when it has none. Only JSON is taken: what a form of another
   * site can send is no JSON.
   *
   * @param most bytes that it may have
   * @throws LoomError UNSUPPORTED_TYPE, TOO_LARGE, BAD_INPUT, RATE_LIMITED
   */
  async json(request: IncomingMessage, most = MAX_BODY_BYTES): Promise<Json | undefined> {
    checkType(request);
    const text = decode(await this.raw(request, most));
    if (text === "") return undefined;
    if (request.headers["content-type"] === undefined) throw unsupported("The body has no content type.");
    return parse(text);
  }

  /**
   * The body of a request as it was sent, for who has to check a signature of its bytes; of a large one once it may be handled.
   *
   * @throws LoomError UNSUPPORTED_TYPE where it is compressed, TOO_LARGE, BAD_INPUT where it breaks off, RATE_LIMITED
   */
  async raw(request: IncomingMessage, most = MAX_BODY_BYTES): Promise<Buffer> {
    checkEncoding(request);
    const length = Number(request.headers["content-length"] ?? 0);
    if (length === 0 && request.headers["transfer-encoding"] === undefined) return Buffer.alloc(0);
    if (length > most) throw tooLarge(most);
    const bytes = await this.#read(request, most, length);
    if (bytes.length > LARGE_BYTES) await new Promise<void>((begin) => void this.#space.inTurn(() => (begin(), this.#handled.promise)));
    return bytes;
  }

  /** The request has been handled. */
  [Symbol.dispose](): void {
    this.#space.giveBack();
    this.#handled.resolve();
  }

  /** @param said how long it says that it is; 0: it says nothing */
  async #read(request: IncomingMessage, most: number, said: number): Promise<Buffer> {
    // Copied into one piece: a chunk takes some hundred bytes beside its own, and its sender makes it as small as one.
    let bytes: Buffer = Buffer.alloc(said <= SHORT_BYTES ? said : 0);
    let length = 0;
    this.#space.coming(() => void request.destroy());
    try {
      for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
        const needed = length + chunk.length;
        if (needed > most) throw tooLarge(most);
        if (needed > bytes.length) bytes = this.#larger(bytes, Math.min(most, Math.max(FIRST_BYTES, 2 * needed)));
        chunk.copy(bytes, length);
        length = needed;
      }
    } catch (cause) {
      // Whatever else comes of it is read and let go: who stops reading never sees that the peer has gone, and keeps the connection.
      request.resume();
      // The peer's doing, and no fault of ours.
      throw request.destroyed && !isLoomError(cause) ? new LoomError("BAD_INPUT", "The connection ended in the middle of the body.", { cause }) : cause;
    } finally {
      this.#space.isWhole();
    }
    return bytes.subarray(0, length);
  }

  #larger(bytes: Buffer, size: number): Buffer {
    this.#space.take(size - bytes.length);
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
  let read: ReturnType<typeof readOutside>;
  try {
    read = readOutside(text);
  } catch (error) {
    throw new LoomError("BAD_INPUT", `The body is not JSON: ${(error as Error).message}`);
  }
  if ("unfit" in read) throw new LoomError("BAD_INPUT", read.unfit);
  return read.value as Json;
}

function unsupported(message: string): LoomError {
  return new LoomError("UNSUPPORTED_TYPE", message);
}

function tooLarge(most: number): LoomError {
  return new LoomError("TOO_LARGE", `The body is longer than ${most / 1024} KiB.`, { help: `Send less than ${most / 1024} KiB.` });
}
