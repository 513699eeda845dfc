import { rm, writeFile } from "node:fs/promises";
import type { Home } from "./home.ts";

/** What the command line finds the running gateway by. */
export interface GatewayFile {
  readonly pid: number;
  /** Such as `http://127.0.0.1:7373`. */
  readonly address: string;
  /** ISO 8601 in UTC. */
  readonly startedAt: string;
}

const NAME = "gateway.json";

/** Says in LOOM_HOME where this gateway listens. */
export async function writeGatewayFile(home: Home, gateway: GatewayFile): Promise<void> {
  await writeFile(home.file(NAME), `${JSON.stringify(gateway)}\n`, { mode: 0o600 });
}

/** To be called before the gateway's port may be another program's. */
export async function removeGatewayFile(home: Home): Promise<void> {
  await rm(home.file(NAME), { force: true });
}
