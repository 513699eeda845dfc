/** OpenClaw's cron as a Source: read through its gateway, or from its files where it is too old for that. */
import { SourceProblem, isLoomError, type Answer, type Ask, type Clock, type Log, type Look, type RunPage, type Snapshot, type Source } from "loom-gateway";
import { Commands } from "./commands.ts";
import type { Instance } from "./discover.ts";
import type { FilesReader } from "./files/filesReader.ts";
import { OlderFolder, type Heard } from "./files/olderFolder.ts";
import { GatewayReader } from "./gatewayReader.ts";
import { firingsWhileOff } from "./jobs.ts";
import { Link } from "./link.ts";
import { withGateway, type Gateway } from "./rpc.ts";
import { allOfIt, type Share } from "./share.ts";
import { whyUnsupported } from "./versions.ts";

const READ = ["operator.read"];
const ADMIN = ["operator.read", "operator.admin"];
const tooOld = "This OpenClaw is too old to be asked. Update it to 2026.5.28 or later, or use its own command line: openclaw cron.";

export interface SourceOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** The plugin's: connections end when it aborts. */
  readonly signal: AbortSignal;
  /** IANA zone of jobs that name none. */
  readonly hostZone: string;
  /** Of what may be held in memory. Default: all of it. */
  readonly share?: Share;
}

export class OpenClawSource implements Source {
  readonly identity: string;
  readonly label: string;
  readonly firingsWhileOff = firingsWhileOff;
  /** After its start OpenClaw sets the jobs aside that it has to catch up with, and starts them one after the other. */
  readonly startsMayMove = true;
  readonly #link: Link;
  readonly #gatewayReader: GatewayReader;
  /** Null where no state folder is known. */
  readonly #older: OlderFolder | null;
  readonly #commands: Commands;
  readonly #wakes = new Set<() => void>();
  /** Who answered last. */
  #heard: Heard | null = null;
  /** Reads the files, while they are what is read. */
  #files: FilesReader | null = null;

  constructor(instance: Instance, options: SourceOptions) {
    const { clock, log, signal, hostZone, share = allOfIt } = options;
    this.identity = instance.identity;
    this.label = instance.label;
    const using = (scopes: readonly string[]) => async <T>(asked: AbortSignal, use: (gateway: Gateway) => Promise<T>) =>
      withGateway({ ...(await instance.endpoint()), scopes, clock, signal: asked }, use);
    this.#link = new Link({
      endpoint: () => instance.endpoint(),
      clock, log, signal, scopes: READ,
      accept: (gateway) => this.#accept(gateway),
      onEvent: (event, payload) => this.#gatewayReader.onEvent(event, payload),
      onChange: () => this.#changed(),
    });
    this.#gatewayReader = new GatewayReader({ clock, log, signal, hostZone, share, open: () => this.#link.open(), apart: using(READ), onChange: () => this.#wake() });
    this.#older = instance.folder && new OlderFolder(instance.folder, { clock, signal, hostZone, share, onChange: () => this.#filesChanged() });
    this.#commands = new Commands({ clock, hostZone, asAdmin: using(ADMIN) });
  }

  get can(): Source["can"] {
    return this.#files ? { setEnabled: tooOld, runNow: tooOld } : { setEnabled: true, runNow: true };
  }

  async snapshot(look: Look): Promise<Snapshot> {
    const gateway = await this.#link.open().catch((error: unknown) => asProblem(error));
    if (!(gateway instanceof SourceProblem)) {
      this.#files = null;
      this.#older?.close();
      return this.#gatewayReader.snapshot(gateway, look);
    }
    const older = (await this.#older?.read(this.#heard, gateway)) ?? null;
    if (older === null) throw gateway;
    this.#files = older.reader;
    return older.reader.snapshot(look, older.about);
  }

  runs(jobId: string, page: { readonly cursor: string | null; readonly signal: AbortSignal }): Promise<RunPage> {
    return (this.#files ?? this.#gatewayReader).runs(jobId, page);
  }

  watch(wake: () => void, signal: AbortSignal): void {
    this.#wakes.add(wake);
    signal.addEventListener("abort", () => this.#wakes.delete(wake), { once: true });
    this.#link.open().catch(() => {}); // told by the next look
  }

  async setEnabled(jobId: string, enabled: boolean, ask: Ask): Promise<Answer> {
    return this.#files ? refused : this.#commands.setEnabled(jobId, enabled, ask);
  }

  async runNow(jobId: string, ask: Ask): Promise<Answer> {
    return this.#files ? refused : this.#commands.runNow(jobId, ask);
  }

  askWaitMs(kind: "setEnabled" | "runNow", ahead: number): number {
    return this.#commands.waitMs(kind, ahead);
  }

  /** Throws when this gateway cannot be read. */
  #accept({ version, protocol, scopes }: Gateway): void {
    const unsupported = whyUnsupported(version, protocol);
    this.#heard = { version, older: unsupported !== null };
    if (unsupported !== null) throw new SourceProblem("incompatible", unsupported, { help: "Update OpenClaw to 2026.5.28 or later." });
    if (scopes !== null && !scopes.includes("operator.read")) {
      throw new SourceProblem("refused", "OpenClaw let Loom in without the right to read (operator.read).", { help: "Use the gateway's own token, not one of a paired device." });
    }
  }

  /** Files of an older release changed; where they were moved away, a newer one is starting, and soon answers. */
  #filesChanged(): void {
    void this.#older?.isLeft().then((left) => left && this.#link.retry());
    this.#wake();
  }

  #changed(): void {
    this.#gatewayReader.outdated();
    this.#wake();
  }

  #wake(): void {
    for (const wake of [...this.#wakes]) wake();
  }
}

const refused: Answer = { accepted: false, reason: tooOld };

function asProblem(error: unknown): SourceProblem {
  if (isLoomError(error) && "trouble" in error) return error as SourceProblem;
  throw error;
}
