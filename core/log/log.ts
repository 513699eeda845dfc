/** Fields of a log record. `error` holds whatever was thrown. */
export type LogFields = Readonly<Record<string, unknown>> & { readonly error?: unknown };

/** The one logger: structured, redacted, one record a line. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger that adds these fields to each record. */
  child(fields: LogFields): Log;
}
