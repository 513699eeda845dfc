/** How a caller may go on after an error: never (the request is wrong), backoff (try again later), operator (a person has to mend something). */
export type Retry = "never" | "backoff" | "operator";

export interface ErrorKind {
  /** HTTP status of the answer that carries the error. */
  readonly status: number;
  readonly retry: Retry;
  /** What the reader can do, in one sentence. */
  readonly help: string;
}

/** Every error code that Loom can show. `docs/errors.md` is checked against this list. */
export const catalogue = {
  BAD_INPUT: { status: 400, retry: "never", help: "Correct the named fields and send the request again." },
  UNAUTHENTICATED: { status: 401, retry: "never", help: "Sign in with `loom open`, or send the token from LOOM_HOME/token as a bearer token." },
  SIGN_IN_EXPIRED: { status: 401, retry: "never", help: "Sign-in links work once and for a short time: `loom open` prints a new one." },
  HOST_NOT_ALLOWED: { status: 403, retry: "never", help: "Open Loom by the address that it printed at start." },
  ORIGIN_NOT_ALLOWED: { status: 403, retry: "never", help: "Requests from other sites are refused; use Loom's own page or the command line." },
  FORBIDDEN: { status: 403, retry: "never", help: "Use a credential with the role and the addresses that this needs; an admin makes one with `loom tokens add`." },
  NOT_FOUND: { status: 404, retry: "never", help: "Check the id; `loom strands` lists what there is." },
  METHOD_NOT_ALLOWED: { status: 405, retry: "never", help: "See /openapi.json for the methods of this address." },
  CONFLICT: { status: 409, retry: "never", help: "It changed meanwhile; read it again and repeat if it is still wanted." },
  AMBIGUOUS: { status: 409, retry: "never", help: "Name the one you mean by its full id." },
  COMMAND_UNSUPPORTED: { status: 409, retry: "never", help: "The owner of this job does not offer this action; the message says why." },
  TOO_LARGE: { status: 413, retry: "never", help: "Send less than 1 MiB." },
  UNSUPPORTED_TYPE: { status: 415, retry: "never", help: "Send a JSON body with the content type application/json." },
  RATE_LIMITED: { status: 429, retry: "backoff", help: "Wait for the time in Retry-After." },
  EGRESS_REFUSED: { status: 403, retry: "operator", help: "Add the address to egress.allow in config.json, if requests of workflows may go there." },
  INTERNAL: { status: 500, retry: "backoff", help: "The log holds the details under this error's id." },
  STORE_BUSY: { status: 503, retry: "backoff", help: "Another program holds Loom's database; try again shortly." },
  STORE_UNAVAILABLE: { status: 503, retry: "backoff", help: "See that the disk of LOOM_HOME has room and can be written: `df`, `dmesg`." },
  STORE_CORRUPT: { status: 503, retry: "operator", help: "The database file is damaged, or its disk fails (`dmesg`). Loom looks through it again, and says if it is whole; else stop Loom, keep a copy of it, and restore a backup." },
  SCHEMA_TOO_NEW: { status: 503, retry: "operator", help: "The database was written by a newer Loom: start that version." },
  STOPPING: { status: 503, retry: "backoff", help: "Loom is stopping; try again when it is up." },
  GATEWAY_NOT_RUNNING: { status: 503, retry: "operator", help: "Start it with `loom start`; LOOM_HOME or --home says which gateway is meant." },
  GATEWAY_TIMEOUT: { status: 504, retry: "backoff", help: "It is busy, or hangs: `loom doctor` and its log say more. What was asked may be done all the same." },
  HOME_UNSAFE: { status: 500, retry: "operator", help: "Make the folder yours alone: chmod 700 and the right owner." },
  HOME_IN_USE: { status: 409, retry: "operator", help: "One gateway runs per LOOM_HOME: use that one, stop it, or choose another LOOM_HOME." },
  PORT_IN_USE: { status: 409, retry: "operator", help: "Choose another port with --port or LOOM_PORT." },
  CONFIG_INVALID: { status: 500, retry: "operator", help: "Mend each named setting; `loom config check` says whether all are right." },
  PLUGIN_INVALID: { status: 422, retry: "operator", help: "Mend the plugin's manifest or code; the last good version stays in use." },
  PLUGIN_API_MISMATCH: { status: 422, retry: "operator", help: "The plugin was written for another version of Loom's plugin API." },
  PLUGIN_UNSAFE: { status: 422, retry: "operator", help: "Only you may be able to write a plugin's folder and its parents." },
  PLUGIN_SETUP_FAILED: { status: 422, retry: "operator", help: "The plugin's setup threw; see its error." },
  PLUGIN_SETUP_TIMEOUT: { status: 422, retry: "operator", help: "The plugin's setup did not finish in time." },
  PLUGIN_TIMEOUT: { status: 503, retry: "operator", help: "What it had begun may go on. Mend the plugin and save, or ask again." },
  PLUGIN_QUARANTINED: { status: 503, retry: "operator", help: "The plugin failed again and again; mend it and save, or restart Loom." },
  MODULE_INVALID: { status: 422, retry: "operator", help: "Mend the source at the named line." },
  WORKFLOW_INPUT_INVALID: { status: 400, retry: "never", help: "Correct the named fields of the input and start the run again." },
  WORKFLOW_BROKEN: { status: 409, retry: "operator", help: "Mend its file; `loom check` names what is wrong." },
  WORKFLOWS_BUSY: { status: 503, retry: "backoff", help: "Other starts are being checked: try again shortly. `loom runs` shows what is at work." },
  WEBHOOK_REFUSED: { status: 401, retry: "never", help: "Sign the body, or send the token, as docs/workflows.md shows." },
  SOURCE_UNREACHABLE: { status: 502, retry: "backoff", help: "The scheduler does not answer; Loom goes on trying." },
  SOURCE_INCOMPATIBLE: { status: 502, retry: "operator", help: "This version of the scheduler is not one that Loom can read." },
  SOURCE_NEEDS_CONFIGURATION: { status: 502, retry: "operator", help: "Loom needs a setting before it may connect; the message names it." },
  SOURCE_REFUSED: { status: 502, retry: "operator", help: "The scheduler refused; its words are in the message." },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof catalogue;
