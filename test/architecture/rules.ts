// Who may do what in the house: the one table. `house.test.ts` proves it, and proves that it can fail.

/** What a core folder shows to the others, and whom it may know. */
export interface Room {
  /** Its public files. Everything else in it is its own. */
  readonly shows: readonly string[];
  /** Rooms whose public files it may import, or single files, which may be another room's own. */
  readonly knows: readonly string[];
}

/** Ground that every room may stand on. */
const GROUND = ["clock", "errors", "ids", "log", "schedule"];

/** Words that the whole house shares. */
const CONTRACTS = ["mirror/contract.ts", "plugin/contract.ts", "store/contract.ts", "store/statuses.ts", "workflow/contract.ts", "workflow/facts.ts", "workflow/libraryContract.ts", "run/contract.ts", "run/pause/contract.ts", "run/machine/decision.ts", "run/machine/rowId.ts", "run/machine/state.ts"];

/** How old things are forgotten. */
const FORGETTING = ["store/everyStrand.ts", "store/trustedDate.ts", "store/untilNone.ts"];

export const rooms: Readonly<Record<string, Room>> = {
  // Ground
  clock: { shows: ["clock.ts", "system.ts", "within.ts", "regularly.ts", "watch.ts", "ownedTimers.ts", "muchLater.ts", "endWhenStill.ts", "holdProcess.ts"], knows: [] },
  errors: { shows: ["catalogue.ts", "causes.ts", "loomError.ts"], knows: [] },
  ids: { shows: ["uuid.ts"], knows: ["clock"] },
  log: { shows: ["log.ts", "createLog.ts", "redact.ts", "sparing.ts"], knows: ["clock"] },
  schedule: { shows: ["schedule.ts", "occurrences.ts", "sentence.ts", "validate.ts"], knows: ["errors"] },
  config: { shows: ["addresses.ts", "load.ts", "home.ts", "node.ts", "gatewayFile.ts", "readIfThere.ts", "settings.ts"], knows: [...GROUND, "egress"] },
  threads: { shows: ["thread.ts"], knows: [] },
  parts: { shows: ["partStarts.ts"], knows: [...GROUND] },
  egress: { shows: ["rule.ts", "fetch.ts"], knows: ["errors"] },

  // Services, and the store under them
  store: { shows: ["contract.ts", "statuses.ts", "backupName.ts", "backupPart.ts", "sqlite/open.ts", "sqlite/backup.ts", "sqlite/restore.ts", "sqlite/homeLock.ts"], knows: [...GROUND, ...CONTRACTS, "run/machine/states.ts", "threads"] },
  events: { shows: ["bus.ts", "prune.ts"], knows: [...GROUND, ...CONTRACTS, ...FORGETTING] },
  registry: { shows: ["registry.ts", "strandIndex.ts", "strandStatus.ts"], knows: [...GROUND, ...CONTRACTS, "store/onPage.ts"] },
  mirror: { shows: ["contract.ts", "mostJobs.ts", "problem.ts", "service.ts", "sourceMirror.ts"], knows: [...GROUND, ...CONTRACTS, "occurrence/grace.ts", "registry", "store/untilStored.ts"] },
  command: { shows: ["contract.ts", "service.ts", "woven.ts"], knows: [...GROUND, ...CONTRACTS, "mirror", "registry", "store/untilStored.ts"] },
  occurrence: { shows: ["causes.ts", "grace.ts", "stuck.ts", "prune.ts", "service.ts"], knows: [...GROUND, ...CONTRACTS, "mirror", "registry", "store/untilStored.ts", ...FORGETTING] },
  run: {
    shows: ["kernel/kernelExecutors.ts", "contract.ts", "service.ts", "pause/contract.ts", "pause/service.ts", "trigger/afterTriggers.ts", "trigger/ticker.ts", "trigger/webhooks.ts", "machine/decision.ts", "machine/overlap.ts", "machine/misfire.ts", "machine/plan.ts", "machine/rowId.ts", "machine/state.ts", "machine/states.ts"],
    knows: [...GROUND, ...CONTRACTS, "command", "registry", "store/backupName.ts", "store/backupPart.ts", "store/untilStored.ts", ...FORGETTING, "workflow"],
  },
  cluster: { shows: ["heartbeat.ts"], knows: [...GROUND, ...CONTRACTS, "config"] },
  modules: { shows: ["evaluate.ts", "loader.ts", "packages.ts", "problems.ts", "watch.ts"], knows: [...GROUND] },
  plugin: {
    shows: ["contract.ts", "define.ts", "standardSchema.ts", "host.ts", "info.ts"],
    knows: [...GROUND, ...CONTRACTS, "events", "mirror/outputs.ts", "modules", "registry", "threads"],
  },
  workflow: { shows: ["contract.ts", "facts.ts", "library.ts", "libraryContract.ts", "define.ts", "validate.ts", "schedule.ts", "webhookSecret.ts", "check.ts", "init.ts", "isolate/contract.ts", "isolate/isolates.ts"], knows: [...GROUND, ...CONTRACTS, "egress", "modules", "plugin/standardSchema.ts", "run/machine/misfire.ts", "run/machine/overlap.ts", "run/machine/plan.ts", "store/untilNone.ts", "store/untilStored.ts", "threads"] },

  // Doors
  http: { shows: ["app.ts", "accessSchemas.ts", "schemas.ts", "page/pageFiles.ts"], knows: [...GROUND, ...CONTRACTS, "command", "config/addresses.ts", "mirror", "occurrence", "plugin", "registry", "threads"] },
  cli: { shows: [], knows: [...GROUND, "config", "http/accessSchemas.ts", "http/schemas.ts", "registry/strandStatus.ts", "store/backupName.ts", "store/sqlite/backup.ts", "store/sqlite/restore.ts", "store/sqlite/homeLock.ts", "workflow"] },
  testing: {
    shows: ["index.ts", "fakeClock.ts"],
    // It sets up one plugin by the very parts that the host uses, and gives it the same `loom-gateway`.
    knows: [...GROUND, ...CONTRACTS, "events", "mirror", "plugin", "plugin/setUpAlone.ts"],
  },
};

/** Files at the top of core, and who besides them may import each. Rooms of `everyone` may. */
export const topFiles: Readonly<Record<string, readonly string[] | "everyone">> = {
  "addressRange.ts": ["config", "egress", "http"],
  "brief.ts": "everyone",
  "inParts.ts": ["mirror", "store"],
  "index.ts": ["main.ts", "testing", "workflow"],
  "jsonShape.ts": "everyone",
  "jsonWeight.ts": ["mirror", "remnant.ts", "store"],
  "keyedQueue.ts": "everyone",
  "keyedTurns.ts": ["http"],
  "main.ts": ["cli"],
  "memory.ts": ["main.ts"],
  "nearest.ts": "everyone",
  "ownFiles.ts": "everyone",
  "processIdentity.ts": ["cli", "config", "store", "workflow"],
  "remnant.ts": ["mirror", "store"],
  "turns.ts": "everyone",
  "version.ts": "everyone",
  "linkOfOthers.ts": ["config", "plugin", "store"],
  "writableByOthers.ts": ["cli", "config", "modules", "plugin", "run", "store", "workflow"],
};

/** May import every public file: the place that builds things, and the package's entry. */
export const builders: readonly string[] = ["core/main.ts", "core/index.ts"];

/** What code outside of core may import of Loom; the second in tests only. */
export const packageEntries = { always: "loom-gateway", inTests: "loom-gateway/testing" } as const;

/** Computation alone: no I/O, no clock, no store. */
export const pure: readonly RegExp[] = [/^core\/(?:nearest|brief|jsonShape|jsonWeight|remnant)\.ts$/, /^core\/workflow\/(?:validate|validateSteps|fields|graph|schedule|locate|tokens|together|library\/arrange)\.ts$/, /^core\/(?:schedule|run\/machine)\/(?!.*\.test\.ts$)/, /^core\/mirror\/(?:reconcile|definition)\.ts$/, /^core\/occurrence\/(?!(?:service|evidence|machine|prune|verdicts)\.ts|.*\.test\.ts$)/];

/** Packages that only compute. */
export const purePackages: readonly string[] = ["node:crypto", "node:util", "cron-parser"];

/** Words that only the named places may say, and why. */
export interface Reserved {
  readonly name: string;
  readonly words: RegExp;
  /** Where the words are looked for: in code, or also in strings. */
  readonly where: "code" | "strings";
  readonly within: RegExp;
  readonly except: RegExp;
  readonly why: string;
}

const PRODUCT = /^(core|plugins|workflows|operations)\/.*\.(ts|js)$/;
const TEST = /\.test\.ts$/;

export const reserved: readonly Reserved[] = [
  {
    name: "clock-words",
    words: /\bDate\.now\b|\bnew Date(?:\(\s*\)|(?!\s*\())|\bperformance\s*\.\s*now\b|\bset(?:Timeout|Interval)\b(?!\s*:)|\bhrtime\b|["']node:timers\/promises["']/,
    where: "code",
    within: /^(core|plugins|workflows|operations|test)\/.*\.(ts|js)$/,
    except: /^core\/clock\//,
    why: "time and timers come from the clock",
  },
  {
    name: "sql-words",
    words: /["'`\s](?:SELECT\s[^"'`]*\sFROM\s|INSERT\s+(?:OR\s+\w+\s+)?INTO\s|UPDATE\s+\w+\s+SET\s|DELETE\s+FROM\s|CREATE\s+(?:TABLE|INDEX|UNIQUE|VIEW|TRIGGER)\b|BEGIN\s+IMMEDIATE|PRAGMA\s)|["'](?:better-sqlite3|pg|node:sqlite)["']/,
    where: "strings",
    within: PRODUCT,
    except: new RegExp(`^core/store/|${TEST.source}`),
    why: "SQL lies under core/store",
  },
  {
    name: "one-logger",
    words: /\bconsole\s*\.\s*\w+|["']pino(?:-pretty)?["']/,
    where: "strings",
    within: PRODUCT,
    // The launcher speaks before there is a logger: an old Node could not load one.
    except: new RegExp(`^core/log/|^core/cli/loom\\.js$|${TEST.source}`),
    why: "there is one logger",
  },
  {
    name: "one-id-generator",
    words: /\brandomUUID\b|["']uuid["']/,
    where: "strings",
    within: /^core\//,
    except: new RegExp(`^core/ids/|${TEST.source}`),
    why: "there is one id generator",
  },
  {
    name: "machine-paths",
    words: /(?<![\w.~-])\/(?:work|root)\/|\/(?:home|Users)\/(?!(?:you|ann)\b)\w+|\b[A-Z]:\\\\?Users\b/,
    where: "strings",
    within: /./,
    except: /^(test\/architecture\/|package-lock\.json$)/,
    why: "the repository knows no machine",
  },
];

/** Longer files hold more than one idea. */
export const MOST_LINES = 400;
