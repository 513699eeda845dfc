import { WebSocket } from "ws";
import type { Clock } from "../clock/clock.ts";
import { LoomError } from "../errors/loomError.ts";
import type { CommandView, EventView } from "../http/schemas.ts";
import type { Client } from "./client.ts";

export interface CommandFollower extends AsyncDisposable {
  /** The command once its owner has answered, or as it stands when the time is over. */
  settled(command: CommandView, timeoutMs: number): Promise<CommandView>;
}

type FeedMessage = { readonly type: "event"; readonly event: EventView } | { readonly type: "hello" | "resync" | "ping" };

/**
 * Listens to the live feed for what becomes of commands. Resolves once the feed has greeted us.
 * @throws LoomError GATEWAY_NOT_RUNNING
 */
export async function followCommands(client: Client, clock: Clock): Promise<CommandFollower> {
  const socket = new WebSocket(client.gateway.address.replace(/^http/, "ws") + "/ws/loom");
  const settled = new Map<string, CommandView>();
  let changed = Promise.withResolvers<void>();
  const wake = (): void => {
    changed.resolve();
    changed = Promise.withResolvers<void>();
  };

  await new Promise<void>((resolve, reject) => {
    const broken = (why: string) => reject(new LoomError("GATEWAY_NOT_RUNNING", `The live feed at ${client.gateway.address} broke off: ${why}`));
    socket.on("error", (error) => broken(error.message));
    socket.on("close", (code) => {
      broken(`closed with ${code}`);
      wake();
    });
    socket.on("open", () => socket.send(JSON.stringify({ type: "hello", token: client.token })));
    socket.on("message", (data: Buffer) => {
      const message = JSON.parse(data.toString("utf8")) as FeedMessage;
      if (message.type === "hello") resolve();
      if (message.type === "ping") socket.send(JSON.stringify({ type: "pong" }));
      if (message.type !== "event" || !message.event.type.startsWith("command.")) return;
      const command = message.event.data as unknown as CommandView;
      if (isSettled(command)) settled.set(command.id, command);
      wake();
    });
  });

  return {
    async settled(command, timeoutMs) {
      let over = false;
      using _deadline = clock.timer(timeoutMs, () => {
        over = true;
        wake();
      });
      const known = (): CommandView | undefined => (isSettled(command) ? command : settled.get(command.id));
      while (!known() && !over && socket.readyState === WebSocket.OPEN) await changed.promise;
      return known() ?? client.get<CommandView>(`commands/${encodeURIComponent(command.id)}`);
    },
    async [Symbol.asyncDispose]() {
      socket.removeAllListeners("close").terminate();
    },
  };
}

/** `unknown` may still be read back. */
function isSettled({ status }: CommandView): boolean {
  return status === "confirmed" || status === "refused";
}
