/** A setting that the environment or the command line may give. */
export interface Setting {
  /** Where it lies in the configuration. */
  readonly path: readonly string[];
  readonly variable: string;
  readonly flag: "port" | "host" | "logLevel" | "logFormat";
  readonly number?: true;
}

export const settings: readonly Setting[] = [
  { path: ["port"], variable: "LOOM_PORT", flag: "port", number: true },
  { path: ["host"], variable: "LOOM_HOST", flag: "host" },
  { path: ["log", "level"], variable: "LOOM_LOG_LEVEL", flag: "logLevel" },
  { path: ["log", "format"], variable: "LOOM_LOG_FORMAT", flag: "logFormat" },
];

/** What the command line gave; text or numbers, not validated yet. */
export type Flags = { readonly [F in Setting["flag"]]?: string | number | undefined };
