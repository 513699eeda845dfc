import { join } from "node:path";
import type { GatewayFile } from "../config/gatewayFile.ts";
import { readNow } from "../config/readIfThere.ts";
import { isLoomError } from "../errors/loomError.ts";
import { incarnationOf } from "../processIdentity.ts";
import { isHeldBy } from "./doctor/lock.ts";

/**
 * The gateway that runs on this home, or null.
 * A file that a killed one has left does not count: its process id may be another process's by now, and its port that of
 * another user, who must not see our token.
 */
export function runningGateway(home: string): GatewayFile | null {
  try {
    const gateway = JSON.parse(readNow(join(home, "gateway.json"))) as GatewayFile;
    process.kill(gateway.pid, 0);
    return hasWritten(gateway, home) ? gateway : null;
  } catch (error) {
    if (isLoomError(error) && error.code === "HOME_UNSAFE") throw error;
    return null;
  }
}

/** Whether the process that has the gateway's id is the one that wrote this of itself. */
function hasWritten({ pid, address, incarnation }: GatewayFile, home: string): boolean {
  const now = incarnationOf(pid);
  // Where that cannot be compared, whoever has the home tells: a look that takes it for a moment when nobody has.
  return now !== null && incarnation ? now === incarnation : isHeldBy(home, address);
}
