import { iso } from "./times.ts";

/** Who acknowledged something and when; null: nobody has. */
export function acknowledgedView({ ackAt, ackBy }: { readonly ackAt: number | null; readonly ackBy: string | null }): { at: string; by: string } | null {
  return ackAt === null ? null : { at: iso(ackAt), by: ackBy ?? "" };
}
