/** The plugin's settings: `plugins.openclaw-cron-mirror.config` in config.json. */
import * as z from "zod";

const loopbackHost = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

const instance = z
  .strictObject({
    name: z.string().min(1).max(80).optional().describe("What the page calls it."),
    url: z.string().optional().describe("Address of the gateway, such as ws://127.0.0.1:18789."),
    token: z.string().min(1).optional().describe("The gateway's token, where its state folder does not tell it."),
    password: z.string().min(1).optional().describe("The gateway's password, where it asks for one instead of a token."),
    stateDir: z.string().min(1).optional().describe("OpenClaw's state folder, such as ~/.openclaw."),
  })
  .superRefine((value, context) => {
    const wrong = value.url === undefined ? null : whyNoGatewayUrl(value.url);
    if (wrong !== null) context.addIssue({ code: "custom", path: ["url"], message: wrong });
    if (value.url === undefined && value.stateDir === undefined) {
      context.addIssue({ code: "custom", path: [], message: "Name the gateway by url, by stateDir, or by both." });
    }
  });

export const configSchema = z.strictObject({
  detect: z.boolean().default(true).describe("Look for OpenClaw in OPENCLAW_STATE_DIR and in the home folder."),
  instances: z.array(instance).max(50).default([]).describe("Gateways that are not found by themselves."),
});

export type Config = z.infer<typeof configSchema>;
export type ConfiguredInstance = Config["instances"][number];

/** No host has so long a name. To read one of a hundred thousand accents takes seconds, and OpenClaw's files may name it. */
const LONGEST_ADDRESS = 2_048;

/** Null where it is none. */
export function parseAddress(value: string): URL | null {
  return value.length > LONGEST_ADDRESS ? null : URL.parse(value);
}

/** Why this cannot be a gateway's address, or null. A token is sent in clear text to this machine only. */
export function whyNoGatewayUrl(value: string): string | null {
  const url = parseAddress(value);
  if (url === null || !["ws:", "wss:"].includes(url.protocol)) return "Write the address as ws://127.0.0.1:18789, or wss://… for another machine.";
  if (url.username !== "" || url.password !== "") return "Give the token in its own setting, not in the address.";
  if (url.protocol === "ws:" && !loopbackHost.test(url.hostname)) return "Use wss:// for another machine, or forward its port over SSH: the token would cross the network in clear text.";
  return null;
}
