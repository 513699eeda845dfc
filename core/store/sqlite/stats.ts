import type { StoreStats } from "../contract.ts";
import type { Database } from "./database.ts";

/** What the tables hold, and how many bytes they take. */
export function countRows(db: Database): Omit<StoreStats, "commits" | "writes"> {
  const count = (what: string): number => db.get<{ n: number }>(`SELECT count(*) AS n FROM ${what}`)!.n;
  return {
    strands: count("strands WHERE gone_at IS NULL"),
    runs: count("runs"),
    // Their numbers have no gap, and the oldest go first. To count them would be to read all that they say.
    events: db.get<{ n: number }>("SELECT ifnull((SELECT max(seq) FROM events) - (SELECT min(seq) FROM events) + 1, 0) AS n")!.n,
    bytes: Number(db.pragma("page_count")) * Number(db.pragma("page_size")),
  };
}
