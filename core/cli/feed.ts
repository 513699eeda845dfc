import { WebSocket } from "ws";
import type { Clock } from "../clock/clock.ts";
import { systemClock } from "../clock/system.ts";
import { LoomError } from "../errors/loomError.ts";
import type { EventView, StepNewsView } from "../http/schemas.ts";
import { silent, type Client } from "./client.ts";

/** The gateway says something every twenty seconds. One that has been silent for so long hangs, or its machine is gone. */
const SILENCE_MS = 60_000;
const LOOK_MS = 10_000;

export type FeedMessage =
  | { readonly type: "event"; readonly event: EventView }
  | { readonly type: "news"; readonly news: StepNewsView }
  | { readonly type: "behind"; readonly runId: string }
  | { readonly type: "hello" | "resync" | "ping" };

/** A line to the gateway's live feed. */
export interface Feed extends AsyncDisposable {
  readonly isOpen: boolean;
  /** Resolves with the next message, or when the feed has ended. */
  next(): Promise<void>;
  /** Asks for what happens in the steps of this run. Resolves once it is heard. */
  watch(runId: string): Promise<void>;
}

/**
 * Follows the live feed. Resolves once it has greeted us: what happens from then on is heard.
 * @param hear called for each message, in order
 * @throws LoomError GATEWAY_NOT_RUNNING, GATEWAY_TIMEOUT
 */
export async function openFeed(client: Client, hear: (message: FeedMessage) => void, clock: Clock = systemClock): Promise<Feed> {
  const socket = new WebSocket(client.gateway.address.replace(/^http/, "ws") + "/ws/loom");
  let changed = Promise.withResolvers<void>();
  const wake = (): void => {
    changed.resolve();
    changed = Promise.withResolvers<void>();
  };

  const { promise: greeted, resolve, reject } = Promise.withResolvers<void>();
  let heardAt = clock.mono();
  const looking = clock.interval(LOOK_MS, () => {
    if (clock.mono() - heardAt < SILENCE_MS) return;
    reject(silent(client.gateway, SILENCE_MS));
    socket.terminate();
  });
  const broken = (why: string) => reject(new LoomError("GATEWAY_NOT_RUNNING", `The live feed at ${client.gateway.address} broke off: ${why}`));
  socket.on("error", (error) => broken(error.message));
  socket.on("close", (code) => {
    looking.cancel();
    broken(`closed with ${code}`);
    wake();
  });
  socket.on("open", () => {
    try {
      socket.send(JSON.stringify({ type: "hello", token: client.token() }));
    } catch (error) {
      reject(error as Error);
      socket.terminate();
    }
  });
  socket.on("message", (data: Buffer) => {
    heardAt = clock.mono();
    const message = JSON.parse(data.toString("utf8")) as FeedMessage;
    if (message.type === "hello") resolve();
    if (message.type === "ping") socket.send(JSON.stringify({ type: "pong" }));
    hear(message);
    wake();
  });
  await greeted;

  return {
    get isOpen() {
      return socket.readyState === WebSocket.OPEN;
    },
    next: () => changed.promise,
    async watch(runId) {
      socket.send(JSON.stringify({ watch: runId }));
      // Messages are heard in their order: the answer to this one comes after.
      await new Promise<void>((resolve) => {
        socket.once("pong", () => resolve()).once("close", () => resolve());
        socket.ping();
      });
    },
    async [Symbol.asyncDispose]() {
      looking.cancel();
      socket.removeAllListeners("close").terminate();
    },
  };
}
