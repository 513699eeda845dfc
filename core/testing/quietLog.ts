import type { Log } from "../log/log.ts";

const nothing = (): void => {};

/** A log that says nothing. */
export const quietLog: Log = Object.freeze({ debug: nothing, info: nothing, warn: nothing, error: nothing, child: () => quietLog });
