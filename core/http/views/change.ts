import type { ChangeRecord } from "../../store/contract.ts";
import type { ChangeView } from "../schemas.ts";
import { acknowledgedView } from "./acknowledged.ts";
import { iso } from "./times.ts";

/** How a strand's definition changed. */
export function changeView(change: ChangeRecord): ChangeView {
  const { id, strandId, kind, fromVersion, version, fields, seenAt, by } = change;
  return { id, strandId, kind, fromVersion, version, fields: [...fields], seenAt: iso(seenAt), by, acknowledged: acknowledgedView(change) };
}
