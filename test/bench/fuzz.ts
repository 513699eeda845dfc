import { attack } from "../fuzz/attack.ts";
import { fuzzedGateway } from "../fuzz/gateway.ts";
import type { BenchRow } from "./row.ts";

const SEED = 1;
const MEGABYTE = 1024 * 1024;
const MOST_LAG_MS = 100;
const MOST_MORE = 10 * MEGABYTE;

/** What ten thousand requests and a million bytes that nobody should send do to a gateway, and how it is afterwards. */
export async function fuzzBench(): Promise<BenchRow[]> {
  await using fuzzed = await fuzzedGateway();
  // What is used for the first time stays in memory.
  await attack({ ...fuzzed.target, seed: SEED, requests: 10_000, garbage: 1_000_000 });
  const before = await fuzzed.settledMemory();
  await fuzzed.longestLag();
  const { statuses, faults } = await attack({ ...fuzzed.target, seed: SEED + 1, requests: 10_000, garbage: 1_000_000 });
  const lag = await fuzzed.longestLag();
  const resident = await fuzzed.residentMemory();
  const after = await fuzzed.settledMemory();
  const answers = [...statuses.values()].reduce((sum, count) => sum + count, 0);
  return [
    { what: "10,000 mutated requests, 1 MB of garbage: event loop", bound: `<= ${MOST_LAG_MS} ms late`, measured: `${lag.toFixed(1)} ms, ${faults.length} faults in ${answers} answers`, beside: "", ratio: "", ok: lag <= MOST_LAG_MS && faults.length === 0 },
    { what: "… memory afterwards, beside after the first such attack", bound: `<= ${MOST_MORE / MEGABYTE} MB more`, measured: `${(after / MEGABYTE).toFixed(1)} MB (${(resident / MEGABYTE).toFixed(1)} with what V8 holds for later)`, beside: `${(before / MEGABYTE).toFixed(1)} MB`, ratio: `${(after / before).toFixed(2)}x`, ok: after - before <= MOST_MORE },
  ];
}
