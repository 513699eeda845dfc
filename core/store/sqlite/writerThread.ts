import { receiveMessageOnPort, type MessagePort } from "node:worker_threads";
import { systemClock } from "../../clock/system.ts";
import { Batches } from "./batch.ts";
import { Database } from "./database.ts";
import { faultOf } from "./faults.ts";
import { feedOf } from "./feedName.ts";
import { inspect } from "./inspect.ts";
import { pack, packDone, unpack, type Call, type FromThread, type ToThread } from "./messages.ts";
import { migrate } from "./migrate.ts";
import type { Keep } from "./transaction.ts";
import { writes } from "./writes.ts";

/** What the writes are started with. */
export interface WriterData {
  readonly file: string;
  readonly keep: Keep;
  readonly busyTimeoutMs: number;
}

/** Makes or migrates the database, then carries out writes. */
export function serve(port: MessagePort, { file, keep, busyTimeoutMs }: WriterData): void {
  const tell = (message: FromThread): void => port.postMessage(pack(message));
  try {
    inspect(file, busyTimeoutMs);
    const db = Database.forWriting(file, busyTimeoutMs);
    migrate(db);
    const batches = new Batches(db, keep, writes as ConstructorParameters<typeof Batches>[2], () => systemClock.mono());
    tell({ kind: "ready", value: feedOf(db, file) });
    port.on("message", (message: string) => {
      const { calls, closing } = allThatWaits(port, unpack(message));
      const parts = calls.length > 0 ? batches.commit(calls) : [];
      for (const [n, part] of parts.entries()) port.postMessage(packDone(part, n === parts.length - 1));
      if (!closing) return;
      db.close();
      port.close();
    });
  } catch (error) {
    tell({ kind: "failed", fault: faultOf(error) });
    port.close();
  }
}

/** Takes along every message that has come meanwhile, so that those who wait share one commit. */
function allThatWaits(port: MessagePort, first: ToThread): { readonly calls: readonly Call[]; readonly closing: boolean } {
  const calls: Call[] = [];
  let closing = false;
  for (let message: ToThread | undefined = first; message; message = next(port)) {
    if (message.kind === "close") closing = true;
    else calls.push(...message.calls);
  }
  return { calls, closing };
}

function next(port: MessagePort): ToThread | undefined {
  const waiting = receiveMessageOnPort(port) as { message: string } | undefined;
  return waiting && unpack<ToThread>(waiting.message);
}
