import type { Clock } from "../clock/clock.ts";
import type { CommandView } from "../http/schemas.ts";
import type { Client } from "./client.ts";
import { openFeed } from "./feed.ts";

export interface CommandFollower extends AsyncDisposable {
  /** The command once its owner has answered, or as it stands when the time is over. */
  settled(command: CommandView, timeoutMs: number): Promise<CommandView>;
}

/**
 * Listens to the live feed for what becomes of commands. Resolves once the feed has greeted us.
 * @throws LoomError GATEWAY_NOT_RUNNING
 */
export async function followCommands(client: Client, clock: Clock): Promise<CommandFollower> {
  const settled = new Map<string, CommandView>();
  const feed = await openFeed(client, (message) => {
    if (message.type !== "event" || !message.event.type.startsWith("command.")) return;
    const command = message.event.data as unknown as CommandView;
    if (isSettled(command)) settled.set(command.id, command);
  });

  return {
    async settled(command, timeoutMs) {
      const over = Promise.withResolvers<void>();
      let isOver = false;
      using _deadline = clock.timer(timeoutMs, () => {
        isOver = true;
        over.resolve();
      });
      const known = (): CommandView | undefined => (isSettled(command) ? command : settled.get(command.id));
      while (!known() && !isOver && feed.isOpen) await Promise.race([feed.next(), over.promise]);
      return known() ?? client.get<CommandView>(`commands/${encodeURIComponent(command.id)}`);
    },
    [Symbol.asyncDispose]: () => feed[Symbol.asyncDispose](),
  };
}

/** `unknown` may still be read back. */
function isSettled({ status }: CommandView): boolean {
  return status === "confirmed" || status === "refused";
}
