import type { MessagePort } from "node:worker_threads";

/** A module that is to work in a thread. */
export interface Guest {
  readonly module: string;
  readonly data: unknown;
  readonly port: MessagePort;
}

/** What such a module exports as `serve`. It is done when it closes the port. */
export type Serve<Data> = (port: MessagePort, data: Data) => void;
