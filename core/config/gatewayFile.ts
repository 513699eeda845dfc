import { rm, writeFile } from "node:fs/promises";
import { incarnationOf } from "../processIdentity.ts";
import type { Home } from "./home.ts";

/** What the command line finds the running gateway by. */
export interface GatewayFile {
  readonly pid: number;
  /** Such as `http://127.0.0.1:7373`. */
  readonly address: string;
  /** ISO 8601 in UTC. */
  readonly startedAt: string;
  /** Tells its process from a later one with the same id; null where the system does not tell, missing from an older Loom. */
  readonly incarnation?: string | null;
}

const NAME = "gateway.json";

/**
 * This very process, as the gateway that listens at an address.
 * @param startedAt ISO 8601 in UTC
 */
export function thisGateway(address: string, startedAt: string): GatewayFile {
  return { pid: process.pid, address, startedAt, incarnation: incarnationOf(process.pid) };
}

/** Says in LOOM_HOME where this gateway listens. */
export async function writeGatewayFile(home: Home, gateway: GatewayFile): Promise<void> {
  await writeFile(home.file(NAME), `${JSON.stringify(gateway)}\n`, { mode: 0o600 });
}

/** To be called before the gateway's port may be another program's. */
export async function removeGatewayFile(home: Home): Promise<void> {
  await rm(home.file(NAME), { force: true });
}
