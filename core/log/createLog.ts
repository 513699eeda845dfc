import { createRequire } from "node:module";
import { pino, type Logger } from "pino";
import type { Clock } from "../clock/clock.ts";
import type { Log, LogFields } from "./log.ts";
import { escapeControls, escapeOddControls } from "./oneLine.ts";
import type { Redactor } from "./redact.ts";

export type Level = "debug" | "info" | "warn" | "error";

export interface LogOptions {
  readonly level: Level;
  /** auto: pretty on a terminal, JSON elsewhere. */
  readonly format: "auto" | "json" | "pretty";
  readonly clock: Clock;
  readonly redactor: Redactor;
  /** Default: standard output. */
  readonly destination?: Destination;
}

export interface Destination {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** Names that a record has for itself; a field of that name gets a line under it. */
const OWN_NAMES = new Set(["level", "time", "msg"]);

/** The gateway's logger: a record a line, stamped by the clock, without secrets. */
export function createLog({ level, format, clock, redactor, destination = process.stdout }: LogOptions): Log {
  const pretty = format === "pretty" || (format === "auto" && destination.isTTY === true);
  const render = pretty ? prettyPrinter(destination.isTTY === true) : (line: string) => line;
  const writer = pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${new Date(clock.now()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line) => void destination.write(escapeOddControls(render(line))) },
  );
  return logOn(writer, redactor, {});
}

function logOn(writer: Logger, redactor: Redactor, bound: LogFields): Log {
  const at = (level: Level) => (message: string, fields?: LogFields): void => {
    if (!writer.isLevelEnabled(level)) return;
    // Bound fields too are looked through each time: a secret may have been learned since.
    writer[level](ownNamesApart(redactor.value({ ...bound, ...fields }) as LogFields), "%s", redactor.text(message));
  };
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    child: (fields) => logOn(writer, redactor, { ...bound, ...fields }),
  };
}

function ownNamesApart(fields: LogFields): LogFields {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [OWN_NAMES.has(key) ? `${key}_` : key, value]));
}

function prettyPrinter(colorize: boolean): (line: string) => string {
  // Loaded only when a person is there to read it.
  const { prettyFactory } = createRequire(import.meta.url)("pino-pretty") as typeof import("pino-pretty");
  return prettyFactory({
    colorize,
    singleLine: true,
    errorLikeObjectKeys: [],
    translateTime: "SYS:HH:MM:ss.l",
    messageFormat: (record, key) => escapeControls(String(record[key])),
  }) as (line: string) => string;
}
