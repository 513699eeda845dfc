import type { NodeRecord } from "../contract.ts";
import { fromJson, json } from "./cells.ts";
import type { Database } from "./database.ts";
import type { Transaction } from "./transaction.ts";

interface NodeRow {
  readonly node_id: string;
  readonly name: string;
  readonly hostname: string;
  readonly platform: string;
  readonly loom_version: string;
  readonly capabilities: string;
  readonly cpu_cores: number;
  readonly mem_gb: number;
  readonly started_at: number;
  readonly last_heartbeat_at: number;
}

export function saveNode({ db }: Transaction, node: NodeRecord): void {
  db.run(
    `INSERT INTO nodes (node_id, name, hostname, platform, loom_version, capabilities, cpu_cores, mem_gb, started_at,
       last_heartbeat_at, created_at, updated_at)
     VALUES (@id, @name, @hostname, @platform, @loomVersion, @capabilities, @cpuCores, @memGb, @startedAt,
       @lastHeartbeatAt, @lastHeartbeatAt, @lastHeartbeatAt)
     ON CONFLICT (node_id) DO UPDATE SET name = excluded.name, hostname = excluded.hostname, platform = excluded.platform,
       loom_version = excluded.loom_version, capabilities = excluded.capabilities, cpu_cores = excluded.cpu_cores,
       mem_gb = excluded.mem_gb, started_at = excluded.started_at, last_heartbeat_at = excluded.last_heartbeat_at,
       updated_at = excluded.updated_at`,
    { ...node, capabilities: json(node.capabilities) },
  );
}

export function listNodes(db: Database): NodeRecord[] {
  return db.all<NodeRow>("SELECT * FROM nodes ORDER BY name, node_id").map((row) => ({
    id: row.node_id,
    name: row.name,
    hostname: row.hostname,
    platform: row.platform,
    loomVersion: row.loom_version,
    capabilities: fromJson(row.capabilities),
    cpuCores: row.cpu_cores,
    memGb: row.mem_gb,
    startedAt: row.started_at,
    lastHeartbeatAt: row.last_heartbeat_at,
  }));
}
