import type { LoomEvent } from "../../plugin/contract.ts";
import type { CommandRecord } from "../../store/contract.ts";
import type { EventView } from "../schemas.ts";
import { commandView } from "./command.ts";
import { iso } from "./times.ts";

/** An event as the API and the live feed show it. */
export function eventView({ seq, at, type, strandId, runId, data }: LoomEvent): EventView {
  return { seq, at: iso(at), type, strandId, runId, data: type.startsWith("command.") ? commandView(data as unknown as CommandRecord) : withTimes(data) };
}

/** Times (whatever ends in `At`) are told as everywhere else. */
function withTimes(data: LoomEvent["data"]): EventView["data"] {
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, key.endsWith("At") && typeof value === "number" ? iso(value) : value]));
}
