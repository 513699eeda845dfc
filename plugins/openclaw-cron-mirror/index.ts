import { homedir } from "node:os";
import { definePlugin, type PluginContext } from "loom-gateway";
import { configSchema, type Config } from "./config.ts";
import { defaultFolder, findInstances, type Surroundings } from "./discover.ts";
import { settingExample } from "./problems.ts";
import { allOfIt, SharedRoom } from "./share.ts";
import { OpenClawSource } from "./source.ts";

/** How soon an OpenClaw that is installed later is found. */
const LOOK_EVERY_MS = 5_000;

export default definePlugin<Config>({
  config: configSchema,
  setup: (ctx) => mirrorOpenClaw(ctx, { env: process.env, home: homedir() }),
});

/** Registers a source for each OpenClaw that is found, now and later. */
export async function mirrorOpenClaw(ctx: PluginContext<Config>, around: Surroundings): Promise<void> {
  const known = new Set<string>();
  const room = new SharedRoom();
  const hostZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const look = async (): Promise<void> => {
    const instances = await findInstances(ctx.config, around);
    for (const instance of instances) {
      if (known.has(instance.identity) || known.has(instance.foundAt) || ctx.signal.aborted) continue;
      const share = instance.hasOwnRoom ? allOfIt : room.join();
      if (share === null) continue;
      // Both: a link may lead elsewhere later, which its source follows.
      known.add(instance.identity).add(instance.foundAt);
      ctx.sources.add(new OpenClawSource(instance, { clock: ctx.clock, log: ctx.log, signal: ctx.signal, hostZone, share }));
    }
    if (known.size > 0) ctx.notice(null);
  };
  ctx.notice(nothingFound(ctx.config, around));
  await look();
  ctx.every(LOOK_EVERY_MS, look);
}

function nothingFound(config: Config, around: Surroundings): Parameters<PluginContext["notice"]>[0] {
  return {
    level: "info",
    title: "No OpenClaw found",
    lines: [
      "Loom looked for OpenClaw, to show its cron jobs here.",
      config.detect ? `It looked in ${defaultFolder(around)} (OPENCLAW_STATE_DIR names another folder) and at OPENCLAW_GATEWAY_URL.` : "It looked at no place: detect is false and no instances are configured.",
      `To connect one, start it on this machine or write into config.json: ${settingExample}`,
    ],
  };
}
