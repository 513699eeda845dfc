import type { VersionRecord } from "../../store/contract.ts";
import type { VersionView } from "../schemas.ts";
import { iso } from "./times.ts";
import { triggerView } from "./trigger.ts";

/** A definition as it was kept. */
export function versionView(kept: VersionRecord, hostZone: string): VersionView {
  const { version, name, description, command, schedule, definition, seenAt, by } = kept;
  return { version, name, description, command, trigger: triggerView(schedule, hostZone), definition: { ...definition }, seenAt: iso(seenAt), by };
}
