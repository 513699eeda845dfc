import { catalogue } from "../../errors/catalogue.ts";
import type { StoreHealth } from "../../store/contract.ts";
import type { GatewayView } from "../schemas.ts";
import { iso } from "./times.ts";

/** How the store is, with what a person can do about it. */
export function storeView({ trouble }: StoreHealth): GatewayView["store"] {
  if (trouble === null) return { ok: true, trouble: null };
  const { code, message, since } = trouble;
  return { ok: false, trouble: { code, message, help: catalogue[code].help, since: iso(since) } };
}
