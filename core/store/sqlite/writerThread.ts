import { receiveMessageOnPort, type MessagePort } from "node:worker_threads";
import { systemClock } from "../../clock/system.ts";
import { Batches, type Inbox } from "./batch.ts";
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

/** What the writer says when it is ready. */
export interface WriterReady {
  /** Names the numbering of events. */
  readonly feed: string;
  /** Whether the whole database was looked through for damage. */
  readonly isChecked: boolean;
}

/** Makes or migrates the database, then carries out writes. */
export function serve(port: MessagePort, { file, keep, busyTimeoutMs }: WriterData): void {
  const tell = (message: FromThread): void => port.postMessage(pack(message));
  try {
    const isChecked = inspect(file, busyTimeoutMs);
    const db = Database.forWriting(file, busyTimeoutMs);
    migrate(db);
    const batches = new Batches(db, keep, writes as ConstructorParameters<typeof Batches>[2], () => systemClock.mono());
    tell({ kind: "ready", value: { feed: feedOf(db, file), isChecked } satisfies WriterReady });
    const inbox = new PortInbox(port);
    const work = (): void => {
      const parts = inbox.calls.length > 0 ? batches.commit(inbox) : [];
      for (const [n, part] of parts.entries()) port.postMessage(packDone(part, n === parts.length - 1));
      // In a turn of its own: reads that wait in this thread go first.
      if (inbox.calls.length > 0) setImmediate(work);
      else if (inbox.closing) {
        db.close();
        port.close();
      }
    };
    port.on("message", (message: string) => {
      inbox.add(unpack(message));
      work();
    });
  } catch (error) {
    tell({ kind: "failed", fault: faultOf(error) });
    port.close();
  }
}

/** The calls that come through a port. */
class PortInbox implements Inbox {
  readonly #port: MessagePort;
  readonly calls: Call[] = [];
  /** No more calls will come. */
  closing = false;

  constructor(port: MessagePort) {
    this.#port = port;
  }

  add(message: ToThread): void {
    if (message.kind === "close") this.closing = true;
    else this.calls.push(...message.calls);
  }

  look(): void {
    for (let waiting = this.#next(); waiting; waiting = this.#next()) this.add(unpack(waiting.message));
  }

  #next(): { readonly message: string } | undefined {
    return receiveMessageOnPort(this.#port) as { message: string } | undefined;
  }
}
