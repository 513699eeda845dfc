import type { WebSocket } from "ws";
import { brief } from "../../brief.ts";
import type { Timer } from "../../clock/clock.ts";
import type { Credentials } from "../guards/auth.ts";
import type { Caller } from "../services.ts";
import type { FeedMessage } from "./messages.ts";

/** Why a feed was closed, as the close code that the reader sees. */
export const closed = { goingAway: 1001, malformed: 4400, unauthenticated: 4401, tooSlow: 4413, tooMany: 4429 } as const;

/** This much may wait for a reader, in bytes. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;

/** So many answers may wait, a few bytes each. */
const MAX_WAITING_ANSWERS = 1_000;

/** Of this much news; what is more is left out: it can be read elsewhere. */
const MAX_WAITING_NEWS_BYTES = 512 * 1024;

/** A close frame holds no longer reason; a character has three of its bytes at most. */
const MOST_REASON_BYTES = 123;

/** So many messages, pings and pongs are heard from who has not shown a credential. */
const MOST_OF_STRANGERS = 100;

/** One reader of the feed: what was sent to it, and whether it keeps up. */
export class FeedReader {
  readonly #socket: WebSocket;
  /** The newest event that was sent. */
  #sent = 0;
  /** Events are sent as they come; until then they are replayed. */
  #live = false;
  #answered = true;
  #heard = 0;
  #waitingAnswers = 0;
  /** The run of whose news some was left out; null: none was. */
  #behind: string | null = null;
  caller: Caller | null = null;
  credentials: Credentials | null = null;
  /** Until its credential is over. */
  expiry: Timer | null = null;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("pong", () => (this.#answered = true));
    const hear = (): void => this.#hear();
    socket.on("message", hear).on("ping", hear).on("pong", hear);
  }

  get open(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  /** The newest event that this reader has. */
  get sent(): number {
    return this.#sent;
  }

  /** Events after this one are sent as they come. */
  goLive(after: number): void {
    this.#sent = after;
    this.#live = true;
  }

  /** Sends what came, unless it was replayed already. A reader that lets too much wait is cut off; it can come back. */
  follow(messages: readonly FeedMessage[]): void {
    if (!this.#live || !this.open) return;
    for (const { seq, bytes } of messages) {
      if (seq <= this.#sent) continue;
      if (this.#socket.bufferedAmount + bytes.length > MAX_WAITING_BYTES) return this.close(closed.tooSlow, "too much waits: come back with `after`");
      this.#socket.send(bytes, { binary: false });
      this.#sent = seq;
    }
  }

  /** Sends a page of old events; resolves when the reader has taken it, so that no more than a page waits. */
  async replay(messages: readonly FeedMessage[]): Promise<void> {
    const last = messages.at(-1);
    if (!last || !this.open) return;
    const flushed = Promise.withResolvers<void>();
    for (const message of messages) this.#socket.send(message.bytes, { binary: false }, message === last ? () => flushed.resolve() : undefined);
    this.#sent = last.seq;
    await flushed.promise;
  }

  /** Sends news of a run that it watches. To a reader that is slow some is left out, and once it has read the rest it is told so. */
  news(bytes: Buffer, runId: string): void {
    if (!this.open) return;
    if (this.#socket.bufferedAmount + bytes.length > MAX_WAITING_NEWS_BYTES) this.#behind = runId;
    if (this.#behind === null) this.#socket.send(bytes, { binary: false }, () => this.#tellBehind());
  }

  #tellBehind(): void {
    if (this.#behind === null || this.#socket.bufferedAmount > 0) return;
    this.send({ type: "behind", runId: this.#behind });
    this.#behind = null;
  }

  /** Sends an answer. Who asks on and on and reads none of them is cut off as well. */
  send(message: { readonly type: string; readonly [key: string]: unknown }): void {
    if (!this.open) return;
    if (this.#waitingAnswers >= MAX_WAITING_ANSWERS) return this.close(closed.tooSlow, "too many answers wait");
    this.#waitingAnswers++;
    this.#socket.send(JSON.stringify(message), () => void this.#waitingAnswers--);
  }

  #hear(): void {
    if (this.caller === null && ++this.#heard > MOST_OF_STRANGERS) this.drop();
  }

  /** Asks whether the reader is still there; one that did not answer the last time is dropped. */
  ping(at: string): void {
    if (!this.#answered) return this.drop();
    this.#answered = false;
    this.#tellBehind();
    this.#socket.ping();
    if (this.#socket.bufferedAmount < MAX_WAITING_BYTES) this.send({ type: "ping", at });
  }

  close(code: number, why: string): void {
    this.#live = false;
    this.#socket.close(code, Buffer.byteLength(why) > MOST_REASON_BYTES ? brief(why, MOST_REASON_BYTES / 3) : why);
  }

  drop(): void {
    this.#socket.terminate();
  }
}
