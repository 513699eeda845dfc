import { existsSync } from "node:fs";
import { join } from "node:path";
import { isLoomError } from "../../errors/loomError.ts";
import { lockHome } from "../../store/sqlite/homeLock.ts";

/** Who holds this home, in words; null when nobody does. */
export function lockHolder(home: string): string | null {
  const file = join(home, "lock.db");
  if (!existsSync(file)) return null;
  try {
    lockHome(file).release();
    return null;
  } catch (error) {
    if (isLoomError(error) && error.code === "HOME_IN_USE") return error.message;
    throw error;
  }
}

/** Whether it is held by the gateway that says it listens at this address. */
export function isHeldBy(home: string, address: string): boolean {
  return lockHolder(home)?.startsWith(`${address} `) === true;
}
