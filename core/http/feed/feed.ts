import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer, type RawData, type WebSocket } from "ws";
import * as z from "zod";
import type { Clock, Timer } from "../../clock/clock.ts";
import { isLoomError, LoomError } from "../../errors/loomError.ts";
import { KeyedTurns } from "../../keyedTurns.ts";
import type { Log } from "../../log/log.ts";
import { keyOf } from "../guards/answers.ts";
import { credentialsOf, showingAlso, type Authenticator, type Credentials } from "../guards/auth.ts";
import type { Way } from "../guards/host.ts";
import { permit } from "../guards/roles.ts";
import type { Caller, HttpServices } from "../services.ts";
import type { Sessions } from "../session.ts";
import type { Tokens } from "../tokens.ts";
import { storeView } from "../views/store.ts";
import { iso } from "../views/times.ts";
import { feedMessages, type FeedViews } from "./messages.ts";
import { closed, FeedReader } from "./reader.ts";
import { Watching } from "./watching.ts";

export const FEED_PATH = "/ws/loom";
/** What a reader is told, and not the log. */
const REFUSALS: ReadonlySet<string> = new Set(["UNAUTHENTICATED", "RATE_LIMITED", "FORBIDDEN"]);
const HELLO_MS = 5_000;
const PING_MS = 20_000;
const CLOSE_MS = 1_000;
const REPLAY_PAGE = 500;
/** With each event goes a strand, which may be long: what a page holds waits for its reader, who may take his time. */
const REPLAY_BYTES = 1024 * 1024;
const MAX_READERS = 200;
/** Of one credential: a browser's windows, or a program's processes. */
const MAX_READERS_OF_ONE = 50;
const MAX_MESSAGE_BYTES = 16 * 1024;
/**
 * Messages come in one piece, which may be on its way in so many chunks. A piece of a message that has not ended keeps the whole chunk
 * in memory in which it came, so a byte here and there would hold a gigabyte.
 */
const MAX_PIECES = 1;
const MAX_CHUNKS = 64;

const hello = z.strictObject({
  type: z.literal("hello"),
  key: z.string().max(512).optional(),
  token: z.string().max(512).optional(),
  feed: z.string().max(200).optional(),
  after: z.number().int().min(0).optional(),
});
const pong = z.object({ type: z.literal("pong") });
const watch = z.strictObject({ watch: z.string().max(200).nullable() });

export interface FeedOptions {
  readonly services: HttpServices;
  readonly views: FeedViews;
  readonly authenticator: Authenticator;
  readonly sessions: Sessions;
  readonly tokens: Tokens;
  readonly clock: Clock;
  readonly log: Log;
}

/** How a connection came in. */
interface Comer extends Way {
  readonly port: number;
}

/**
 * The live feed at /ws/loom: numbered events as they are committed, after a replay of those that a reader missed. See
 * docs/api.md for the messages.
 */
export class Feed {
  readonly #options: FeedOptions;
  /** One message of a reader in a turn: a chunk of a socket may hold a hundred thousand. */
  readonly #server = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_BYTES,
    maxFragments: MAX_PIECES,
    maxBufferedChunks: MAX_CHUNKS,
    perMessageDeflate: false,
    clientTracking: false,
    allowSynchronousEvents: false,
  });
  readonly #readers = new Map<FeedReader, WebSocket>();
  readonly #watching: Watching;
  /** Of a reader's replay one page after the other, and of all that come with one credential too. */
  readonly #pages = new KeyedTurns(1);
  /** How many credentials have ended so far. */
  #ends = 0;
  /** The newest event that went to the readers. */
  #published = 0;
  #pings: Timer | null = null;
  #unsubscribe: () => void = () => {};
  #health: Disposable | null = null;

  constructor(options: FeedOptions) {
    this.#options = options;
    this.#watching = new Watching(options.services);
    options.sessions.onEnd((sessionId) => this.#end("signed out", (caller) => caller.sessionId === sessionId));
    options.tokens.onEnd((tokenId) => this.#end("the token was revoked", (caller) => caller.tokenId === tokenId));
  }

  async start(): Promise<void> {
    const { services, views, clock } = this.#options;
    this.#unsubscribe = services.index.on(({ events }) => {
      this.#published = Math.max(this.#published, events.at(-1)?.seq ?? 0);
      if (this.#readers.size === 0) return;
      const messages = feedMessages(events, views);
      for (const reader of this.#readers.keys()) reader.follow(messages);
    });
    // Not an event: those are stored, and that may be what fails.
    this.#health = services.store.health.on(() => [...this.#readers.keys()].forEach((reader) => reader.caller && this.#tellStore(reader)));
    this.#published = Math.max(this.#published, await services.store.events.last());
    // What was committed before is in the lists then, so that a reader who begins here misses nothing.
    await services.index.settled();
    this.#pings = clock.interval(PING_MS, () => this.#ping());
  }

  async stop(): Promise<void> {
    this.#unsubscribe();
    this.#health?.[Symbol.dispose]();
    this.#watching.stop();
    this.#pings?.cancel();
    const gone = [...this.#readers.values()].map((socket) => new Promise<void>((resolve) => socket.once("close", () => resolve())));
    for (const reader of this.#readers.keys()) reader.close(closed.goingAway, "Loom is stopping");
    using _patience = this.#options.clock.timer(CLOSE_MS, () => this.#dropAll());
    await Promise.all(gone);
  }

  /** Where who reads a list now has to follow from: `<feed>/<number of the newest event>`. */
  get position(): string {
    return `${this.#options.services.store.feed}/${this.#published}`;
  }

  get readers(): number {
    return this.#readers.size;
  }

  /** Takes over a connection whose host and origin have been checked. @throws LoomError RATE_LIMITED */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer, from: Comer): void {
    if (this.#readers.size >= MAX_READERS && !this.#makeRoom()) throw new LoomError("RATE_LIMITED", "Too many follow the feed already.", { retryAfterMs: PING_MS });
    this.#server.handleUpgrade(request, socket, head, (ws) => this.#serve(ws, request, from));
  }

  /** Who has shown nothing yet gives way, the longest silent one first: it takes no credential to fill the seats. */
  #makeRoom(): boolean {
    const silent = [...this.#readers.keys()].find((reader) => reader.caller === null);
    silent?.drop();
    return silent !== undefined && this.#readers.delete(silent);
  }

  #serve(socket: WebSocket, request: IncomingMessage, from: Comer): void {
    const reader = new FeedReader(socket);
    this.#readers.set(reader, socket);
    const patience = this.#options.clock.timer(HELLO_MS, () => reader.close(closed.malformed, "no hello came"));
    socket.on("error", () => reader.drop());
    socket.once("close", () => {
      patience.cancel();
      reader.expiry?.cancel();
      this.#watching.watch(reader, null);
      this.#readers.delete(reader);
    });
    socket.once("message", (data, isBinary) => {
      patience.cancel();
      socket.on("message", (later, binary) => this.#hear(reader, later, binary));
      this.#greet(reader, isBinary ? undefined : parse(data), request, from).catch((error: unknown) => {
        this.#options.log.error("the feed could not be served", { error });
        reader.drop();
      });
    });
  }

  /** What a reader says after its hello. */
  #hear(reader: FeedReader, data: RawData, isBinary: boolean): void {
    // Who is cut off may go on talking.
    if (!reader.open) return;
    const message = isBinary ? undefined : parse(data);
    const watched = watch.safeParse(message);
    if (watched.success) return this.#watch(reader, watched.data.watch);
    if (!pong.safeParse(message).success) reader.close(closed.malformed, "only pong and watch are expected");
  }

  /** Says from when on: what was printed before is not told, so who wants it reads it after this. */
  #watch(reader: FeedReader, runId: string | null): void {
    this.#watching.watch(reader, runId);
    this.#tellWatching(reader);
  }

  #tellWatching(reader: FeedReader): void {
    const runId = this.#watching.of(reader);
    if (runId !== null && reader.caller) reader.send({ type: "watching", runId });
  }

  async #greet(reader: FeedReader, message: unknown, request: IncomingMessage, from: Comer): Promise<void> {
    const read = hello.safeParse(message);
    if (!read.success) return reader.close(closed.malformed, "the first message has to be a hello");
    const { key, token, feed, after } = read.data;
    if (!(await this.#admit(reader, showingAlso(credentialsOf(request, from.port, from), { token, key }), from.peer))) return;
    const { services } = this.#options;
    // Whatever number a reader may know, from a list or from another address, has been published then.
    await services.index.settled();
    const last = this.#published;
    reader.send({ type: "hello", feed: services.store.feed, last });
    // It may have asked before it was let in.
    this.#tellWatching(reader);
    if (services.store.health.trouble) this.#tellStore(reader);
    if (after === undefined) return this.#joinNow(reader);
    if (after > last || (feed !== undefined && feed !== services.store.feed)) return this.#resync(reader);
    await this.#replay(reader, after);
  }

  async #admit(reader: FeedReader, credentials: NonNullable<FeedReader["credentials"]>, peer: string): Promise<boolean> {
    try {
      const caller = await this.#callerNow(credentials, peer);
      permit(caller, "viewer", FEED_PATH);
      if (this.#hasEnough(caller)) {
        reader.close(closed.tooMany, "too many follow the feed with this credential");
        return false;
      }
      reader.caller = caller;
      reader.credentials = credentials;
      this.#endWith(reader, caller);
      return true;
    } catch (error) {
      if (!isLoomError(error) || !REFUSALS.has(error.code)) throw error;
      reader.close(closed.unauthenticated, error.message);
      return false;
    }
  }

  /** Nobody takes all seats from the others, or fills memory with what waits for theirs; whoever has the home's own token is the owner. */
  #hasEnough({ tokenId, sessionId }: Caller): boolean {
    if (tokenId === null && sessionId === null) return false;
    const theirs = [...this.#readers.keys()].filter(({ caller }) => caller !== null && caller.tokenId === tokenId && (tokenId !== null || caller.sessionId === sessionId));
    return theirs.length >= MAX_READERS_OF_ONE;
  }

  /** Who it is, looked up again where a credential has ended meanwhile: that end passed by who was not let in yet. */
  async #callerNow(credentials: Credentials, peer: string): Promise<Caller> {
    for (;;) {
      const ends = this.#ends;
      const caller = await this.#options.authenticator.caller(credentials, peer);
      if (ends === this.#ends) return caller;
    }
  }

  /**
   * Page by page until the reader has all that was published. It goes live in the same turn in which that is seen, so
   * that no event falls between the replay and what comes after it.
   */
  async #replay(reader: FeedReader, after: number): Promise<void> {
    const { services, views } = this.#options;
    for (let cursor = after; reader.open; cursor = Math.max(cursor, reader.sent)) {
      const page = await this.#pages.add(keyOf(reader.caller!), async () => {
        // It may have gone while others had their turn.
        if (!reader.open) return [];
        const { events, pruned } = await services.store.events.after(cursor, REPLAY_PAGE);
        // The strands that ride along have to be as new as the events.
        await services.index.settled();
        return pruned ? null : feedMessages(events, views, REPLAY_BYTES);
      });
      if (page === null) return this.#resync(reader);
      await reader.replay(page);
      const reached = Math.max(cursor, reader.sent);
      if (reached >= this.#published) return reader.goLive(reached);
    }
  }

  #tellStore(reader: FeedReader): void {
    reader.send({ type: "store", store: storeView(this.#options.services.store.health) });
  }

  #resync(reader: FeedReader): void {
    reader.send({ type: "resync", last: this.#published });
    this.#joinNow(reader);
  }

  #joinNow(reader: FeedReader): void {
    reader.goLive(this.#published);
  }

  #ping(): void {
    const at = iso(this.#options.clock.now());
    for (const reader of this.#readers.keys()) {
      reader.ping(at);
      this.#recheck(reader).catch((error: unknown) => this.#options.log.warn("a credential could not be checked again", { error }));
    }
  }

  /** A token that was changed, or a session that ended, ends the feeds that were opened with it. */
  async #recheck(reader: FeedReader): Promise<void> {
    if (reader.credentials && !(await this.#options.authenticator.holds(reader.credentials))) reader.close(closed.unauthenticated, "the credential no longer holds");
  }

  /** Its time may be over, or the clock that it was reckoned by set back. One that was set ahead is seen by the next ping. */
  #endWith(reader: FeedReader, caller: Caller): void {
    if (caller.expiresAt === null || !reader.open) return;
    const leftMs = caller.expiresAt - this.#options.clock.now();
    if (leftMs <= 0) return reader.close(closed.unauthenticated, "the credential is over");
    reader.expiry = this.#options.clock.timer(leftMs, () => this.#endWith(reader, caller));
  }

  #end(why: string, whose: (caller: Caller) => boolean): void {
    this.#ends++;
    for (const reader of this.#readers.keys()) if (reader.caller && whose(reader.caller)) reader.close(closed.unauthenticated, why);
  }

  #dropAll(): void {
    for (const reader of this.#readers.keys()) reader.drop();
  }
}

function parse(data: RawData): unknown {
  try {
    return JSON.parse(String(data));
  } catch {
    return undefined;
  }
}
