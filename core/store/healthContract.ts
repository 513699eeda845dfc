import type { ErrorCode } from "../errors/catalogue.ts";

/** Why the store does not do all of its work. */
export interface StoreTrouble {
  readonly code: Extract<ErrorCode, "STORE_BUSY" | "STORE_UNAVAILABLE" | "STORE_CORRUPT">;
  /** What was seen, for a person. */
  readonly message: string;
  /** Milliseconds since 1970. */
  readonly since: number;
}

/**
 * How the store is. Trouble ends by itself, as soon as something can be written again; damage when the whole file was
 * looked through and none is found.
 */
export interface StoreHealth {
  /** Null: all is well. */
  readonly trouble: StoreTrouble | null;
  /** Tells when trouble begins, becomes another one, and ends. */
  on(listener: (trouble: StoreTrouble | null) => void): Disposable;
}
