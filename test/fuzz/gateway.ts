import { eventually } from "../support/eventually.ts";
import { GatewayProcess } from "../support/gatewayProcess.ts";
import type { AttackOptions } from "./attack.ts";
import type { OpenApi } from "./grammar.ts";

export interface FuzzedGateway extends AsyncDisposable {
  readonly gateway: GatewayProcess;
  readonly target: Pick<AttackOptions, "address" | "token" | "document" | "ids">;
  /** Resident memory in bytes, as it is. */
  residentMemory(): Promise<number>;
  /** Resident memory in bytes, once it rises no more, without what V8 holds for later: up to 60 MB, depending on when it collected last. */
  settledMemory(): Promise<number>;
  /** The longest that the gateway's event loop was late since this was asked before, in milliseconds. */
  longestLag(): Promise<number>;
}

/** A gateway with the workflows that ship, some of their runs, and the ids of all that. */
export async function fuzzedGateway(): Promise<FuzzedGateway> {
  const gateway = await GatewayProcess.start({ env: { NODE_OPTIONS: ["lagProbe.ts", "memoryProbe.ts"].map((probe) => `--import=${new URL(probe, import.meta.url).href}`).join(" ") } });
  const { address, token } = gateway;
  const read = async (path: string): Promise<Response> => fetch(address + path, { headers: { authorization: `Bearer ${token}` } });
  const strands = await eventually(() => gateway.all<{ id: string }>("/strands"), (found) => found.length > 3);
  for (const { id } of strands) await gateway.api(`/strands/${encodeURIComponent(id)}/run`, { method: "POST" }).catch(() => {});
  const runs = await eventually(() => gateway.all<{ id: string }>("/runs"), (found) => found.length > 0);
  const document = (await (await read("/openapi.json")).json()) as OpenApi;
  const ids = [...strands, ...runs].map(({ id }) => id).concat("none");
  const residentMemory = async (): Promise<number> => Number(/^process_resident_memory_bytes (\S+)$/m.exec(await (await read("/metrics")).text())![1]);
  return {
    gateway,
    residentMemory,
    target: { address, token, document, ids },
    async settledMemory() {
      process.kill(gateway.pid, "SIGWINCH");
      const seen: number[] = [];
      await eventually(
        async () => seen.push(await residentMemory()),
        (count) => count >= 20 && Math.max(...seen.slice(-10)) <= Math.max(...seen.slice(0, -10)),
      );
      return Math.min(...seen.slice(-10));
    },
    async longestLag() {
      const told = gateway.output.length;
      process.kill(gateway.pid, "SIGUSR2");
      const line = await eventually(() => /event loop late by (\S+) ms/.exec(gateway.output.slice(told)), (found) => found !== null);
      return Number(line![1]);
    },
    [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose](),
  };
}
