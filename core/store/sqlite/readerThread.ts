import type { MessagePort } from "node:worker_threads";
import { Database } from "./database.ts";
import { faultOf } from "./faults.ts";
import { pack, packAnswer, unpack, type Answer, type Call, type FromThread, type ToThread } from "./messages.ts";
import { reads } from "./reads.ts";

/** What the reads are started with. */
export interface ReaderData {
  readonly file: string;
  readonly busyTimeoutMs: number;
}

type Read = (db: Database, ...args: readonly unknown[]) => unknown;

/** Answers reads, each when it is done. */
export function serve(port: MessagePort, { file, busyTimeoutMs }: ReaderData): void {
  let db: Database | undefined;
  const tell = (message: FromThread): void => port.postMessage(pack(message));
  const read = ({ id, name, args }: Call): Answer => {
    try {
      // Opened by the first read, so that this thread can start while the writer still makes the file.
      const opened = (db ??= Database.forReading(file, busyTimeoutMs));
      return { id, value: opened.atOneMoment(() => (reads as Record<string, Read>)[name]!(opened, ...args)) };
    } catch (error) {
      return { id, fault: faultOf(error) };
    }
  };
  port.on("message", (text: string) => {
    const message = unpack<ToThread>(text);
    // One by one: a short read must not wait for the answer of a long one that came with it.
    if (message.kind === "calls") for (const call of message.calls) port.postMessage(packAnswer(read(call)));
    else {
      db?.close();
      port.close();
    }
  });
  tell({ kind: "ready", value: null });
}
