import { constants } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import type { Clock } from "../clock/clock.ts";
import { regularly } from "../clock/regularly.ts";
import type { Log } from "../log/log.ts";
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
const AGAIN_MS = 5_000;
/** To a pipe in its place nothing is written: that would wait for who reads it. */
const FLAG = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NONBLOCK;

/**
 * This very process, as the gateway that listens at an address.
 * @param startedAt ISO 8601 in UTC
 */
export function thisGateway(address: string, startedAt: string): GatewayFile {
  return { pid: process.pid, address, startedAt, incarnation: incarnationOf(process.pid) };
}

/**
 * Says in LOOM_HOME where this gateway listens: at once, or as soon as the disk takes it.
 * @returns takes it back, and answers whether that could be done: until then, or until this process has ended, the port may not be
 * another program's, to which the command line would send the token
 */
export async function announce(gateway: GatewayFile, { home, clock, log }: { readonly home: Home; readonly clock: Clock; readonly log: Log }): Promise<() => Promise<boolean>> {
  const write = (): Promise<void> => writeFile(home.file(NAME), `${JSON.stringify(gateway)}\n`, { mode: 0o600, flag: FLAG });
  const again = new DisposableStack();
  await write().catch((error: unknown) => {
    log.warn("gateway.json cannot be written yet: until it can, the command line does not find this gateway", { error });
    again.use(regularly({ everyMs: AGAIN_MS, clock, work: () => write().then(() => again.dispose()), failed: () => {} }));
  });
  return async () => {
    again.dispose();
    try {
      await rm(home.file(NAME), { force: true });
      return true;
    } catch (error) {
      log.warn("gateway.json cannot be removed, and stays: the gateway keeps its port until it has ended", { error });
      return false;
    }
  };
}
