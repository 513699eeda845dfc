import { isIP } from "node:net";
import * as z from "zod";
import { addressRange } from "../addressRange.ts";
import { isAllowable } from "../egress/rule.ts";
import { isHttpsOrigin, LOOPBACK } from "./addresses.ts";

const log = z
  .strictObject({
    level: z.enum(["debug", "info", "warn", "error"]).default("info").describe("Records below this level are not written."),
    format: z.enum(["auto", "json", "pretty"]).default("auto").describe("json: one object a line. pretty: for people. auto: pretty on a terminal, json elsewhere."),
  })
  .describe("The log on standard output.");

const plugin = z
  .strictObject({
    enabled: z.boolean().default(true).describe("False keeps the plugin from being loaded."),
    config: z.record(z.string(), z.json()).default({}).describe("The plugin's own settings; its README tells them."),
  })
  .describe("One plugin's settings.");

const keep = z
  .strictObject({
    events: z.int().min(1000).default(100_000).describe("How many of the newest events can be replayed to a page that was cut off."),
    runDays: z.int().min(0).max(36_500).default(90).describe("For how many days runs of Loom's own strands are kept, with their outputs and artifacts; 0: for ever. The newest 100 of each strand, and failures that nobody has acknowledged, stay."),
    mirroredRunDays: z.int().min(0).max(36_500).default(0).describe("The same for runs of mirrored jobs. Default 0: for ever."),
    auditDays: z.int().min(0).max(36_500).default(365).describe("For how many days the audit log is kept; 0: for ever."),
    backups: z.int().min(1).max(1_000).default(7).describe("How many copies of the database gateway-backup keeps."),
    outputBytes: z.int().min(0).max(1_048_576).default(4096).describe("How many bytes from the end of each step's output are shown with it."),
    fullOutputBytes: z.int().min(0).max(16 * 1_048_576).default(262_144).describe("How many bytes from the end of the output of each mirrored job's step are kept beside that, to be read on demand."),
    stepOutputBytes: z.int().min(65_536).max(1_073_741_824).default(16 * 1_048_576).describe("How many bytes of what each step of a workflow prints are kept. Of more than that the first half and the last half stay."),
  })
  .describe("How much of what happened is kept.");

const egress = z
  .strictObject({
    allow: z
      .array(z.string().refine(isAllowable, "Write an address, a range such as 192.168.1.0/24, or a host's name, each with or without :port"))
      .default([])
      .describe("Addresses, ranges and hosts, each with or without :port, that requests of workflows may go to although they are not public."),
  })
  .describe("Where requests of workflows and operations may go besides the public internet.");

const isolation = z
  .strictObject({
    processes: z.int().min(1).max(64).default(2).describe("How many processes may hold code of workflows at once."),
    threadsPerProcess: z.int().min(1).max(64).default(16).describe("How many versions of files may be at work in one of them; each has a thread."),
    heapMb: z.int().min(32).max(65_536).default(512).describe("JavaScript memory of one thread, in MiB. A step that needs more fails with STEP_OUT_OF_MEMORY."),
    memoryMb: z.int().min(128).max(1_048_576).default(1_024).describe("All memory of one process, buffers too, in MiB."),
    blockedSeconds: z.int().min(1).max(3_600).default(10).describe("A step that computes for longer without a pause is ended with STEP_BLOCKED."),
    programEnv: z
      .array(z.string().regex(/^[A-Za-z_]\w*\*?$/, "Name an environment variable; AWS_* stands for all that begin so"))
      .default([])
      .describe("Environment variables that programs get which workflows run, besides PATH, HOME, USER, SHELL, LANG, LC_*, TZ and TMPDIR. AWS_* stands for all that begin so."),
  })
  .describe("Bounds on the code of workflows and operations, which runs in processes of its own.");

const proxy = z
  .strictObject({
    endsTls: z.literal(true).describe("True says: this proxy ends TLS, and nobody but it reaches Loom's port from elsewhere."),
    origin: z
      .string()
      .refine(isHttpsOrigin, "Write what browsers have in their address bar, from https:// to the name or port, as https://loom.example.com")
      .describe("Under which address browsers reach the proxy."),
    from: z
      .array(z.string().refine((text) => addressRange(text) !== null, "Write an address, or a range such as 10.0.0.0/8"))
      .min(1)
      .default(["127.0.0.1", "::1"])
      .describe("Addresses and ranges that the proxy connects from. Nobody else gets an answer under its name."),
  })
  .describe("A proxy in front of Loom, through which browsers on other machines reach it. See docs/proxy.md.");

/** `config.json`. Every key may be left out. */
export const configSchema = z
  .strictObject({
    $schema: z.string().optional().describe("Address of this schema, for editors."),
    port: z.int().min(0).max(65_535).default(7373).describe("TCP port of the page and the API; 0 takes any free one."),
    host: z
      .string()
      .refine((host) => isIP(host) !== 0, "Write an address of this machine, such as 127.0.0.1")
      .default("127.0.0.1")
      .describe("Address to listen on. One beyond 127.0.0.1 and ::1 takes a proxy that ends TLS: see docs/proxy.md."),
    proxy: proxy.optional(),
    sharedMachine: z.boolean().default(false).describe("True where others have accounts on this machine: after each start of Loom the page has another address, and browsers sign in anew. See docs/security.md."),
    log: log.prefault({}),
    plugins: z.record(z.string().regex(/^[a-z0-9][a-z0-9-]*$/, "A plugin's id has small letters, digits and dashes"), plugin).default({}).describe("Settings of plugins, by their ids."),
    packages: z.array(z.string().min(1)).default([]).describe("npm packages with plugins, installed under LOOM_HOME."),
    keep: keep.prefault({}),
    tags: z.array(z.string().regex(/^[a-z0-9][a-z0-9._-]*$/, "A tag has small letters, digits, dots, dashes and underscores")).default([]).describe("What this node has, as workflows name it in `requires`, such as has-gpu."),
    isolation: isolation.prefault({}),
    egress: egress.prefault({}),
  })
  .refine(({ host, proxy }) => isIP(host ?? "") === 0 || LOOPBACK.includes(host) || proxy !== undefined, {
    path: ["host"],
    message: "other machines may reach Loom only through a proxy that ends TLS",
    params: { mend: "Set `proxy` as docs/proxy.md says, or leave this out and use a tunnel such as ssh -L." },
    // Beside other mistakes too.
    when: ({ value }) => typeof value === "object" && value !== null,
  })
  .describe("Loom's settings. Each may be left out.");

export type Config = z.output<typeof configSchema>;
