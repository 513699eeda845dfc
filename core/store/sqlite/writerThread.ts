import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { commitTogether } from "./batch.ts";
import { Database } from "./database.ts";
import { faultOf } from "./faults.ts";
import { feedOf } from "./feedName.ts";
import { inspect } from "./inspect.ts";
import { pack, packDone, unpack, type Call, type FromThread, type ToThread } from "./messages.ts";
import { migrate } from "./migrate.ts";
import type { Keep } from "./transaction.ts";
import { writes } from "./writes.ts";

/** What the thread is started with. */
export interface WriterData {
  readonly file: string;
  readonly keep: Keep;
  readonly busyTimeoutMs: number;
}

const port = parentPort!;
const { file, keep, busyTimeoutMs } = workerData as WriterData;

try {
  inspect(file, busyTimeoutMs);
  const db = Database.forWriting(file, busyTimeoutMs);
  migrate(db);
  tell({ kind: "ready", value: feedOf(db, file) });
  port.on("message", (message: string) => serve(db, unpack(message)));
} catch (error) {
  tell({ kind: "failed", fault: faultOf(error) });
  port.close();
}

/** Takes along every message that has come meanwhile, so that those who wait share one commit. */
function serve(db: Database, first: ToThread): void {
  const calls: Call[] = [];
  let closing = false;
  for (let message: ToThread | undefined = first; message; message = next()) {
    if (message.kind === "close") closing = true;
    else calls.push(...message.calls);
  }
  if (calls.length > 0) port.postMessage(packDone(commitTogether(db, keep, writes as Parameters<typeof commitTogether>[2], calls)));
  if (!closing) return;
  db.close();
  port.close();
}

function next(): ToThread | undefined {
  const waiting = receiveMessageOnPort(port) as { message: string } | undefined;
  return waiting && unpack<ToThread>(waiting.message);
}

function tell(message: FromThread): void {
  port.postMessage(pack(message));
}
