import type { StoreStats } from "../contract.ts";
import type { Database } from "./database.ts";

/** What the tables hold, and how many bytes they take. */
export function countRows(db: Database): Omit<StoreStats, "commits" | "writes"> {
  const count = (what: string): number => db.get<{ n: number }>(`SELECT count(*) AS n FROM ${what}`)!.n;
  return {
    strands: count("strands WHERE gone_at IS NULL"),
    runs: count("runs"),
    events: count("events"),
    bytes: Number(db.pragma("page_count")) * Number(db.pragma("page_size")),
  };
}
