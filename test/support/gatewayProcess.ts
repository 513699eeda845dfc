import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const sources = fileURLToPath(new URL("../../core/cli/loom.js", import.meta.url));

export interface GatewayProcessOptions {
  /** LOOM_HOME. Default: a new temporary one, removed at the end. */
  readonly home?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** The folder in which it is called. Default: ours. */
  readonly cwd?: string;
  /** The `loom.js` to run. Default: the repository's. */
  readonly launcher?: string;
  /** Come back on the port of the first start, as a page needs it that stays open. */
  readonly keepsPort?: boolean;
}

/** The real gateway, started as a person starts it, in a process that a test may kill. */
export class GatewayProcess implements AsyncDisposable {
  readonly home: string;
  readonly #ownsHome: boolean;
  readonly #env: Readonly<Record<string, string>>;
  readonly #cwd: string | undefined;
  readonly #launcher: string;
  readonly #keepsPort: boolean;
  #child: ChildProcess | null = null;
  #output = "";
  address = "";
  signInLink = "";

  constructor(options: GatewayProcessOptions = {}) {
    this.#ownsHome = options.home === undefined;
    this.home = options.home ?? realpathSync(mkdtempSync(join(tmpdir(), "loom-home-")));
    this.#env = options.env ?? {};
    this.#cwd = options.cwd;
    this.#launcher = options.launcher ?? sources;
    this.#keepsPort = options.keepsPort ?? false;
  }

  static async start(options: GatewayProcessOptions = {}): Promise<GatewayProcess> {
    const gateway = new GatewayProcess(options);
    await gateway.start();
    return gateway;
  }

  /**
   * Starts it, on a free port unless it keeps the one it had; resolves when it has printed its address and sign-in link.
   * @param env for this start alone
   */
  async start(env: Readonly<Record<string, string>> = {}): Promise<void> {
    const port = this.#keepsPort && this.address ? new URL(this.address).port : "0";
    const child = spawn(process.execPath, [this.#launcher, "start", "--port", port], { cwd: this.#cwd, env: { ...this.#environment(), ...env }, stdio: ["ignore", "pipe", "pipe"] });
    this.#child = child;
    this.#output = "";
    const killWithUs = (): void => void child.kill("SIGKILL");
    process.once("exit", killWithUs);
    child.once("exit", () => process.removeListener("exit", killWithUs));
    await new Promise<void>((resolve, reject) => {
      const read = (chunk: Buffer): void => {
        this.#output += chunk.toString();
        const link = /Sign in with (\S+)/.exec(this.#output)?.[1];
        if (!link) return;
        this.signInLink = link;
        this.address = new URL(link).origin;
        resolve();
      };
      child.stdout.on("data", read);
      child.stderr.on("data", read);
      child.once("exit", (code, signal) => reject(new Error(`the gateway ended (${code ?? signal}) before it listened:\n${this.#output}`)));
    });
  }

  get pid(): number {
    return this.#child!.pid!;
  }

  /** Null while it runs, and when a signal ended it. */
  get exitCode(): number | null {
    return this.#child!.exitCode;
  }

  /** Whether it has ended, by itself or by a signal. */
  get isOver(): boolean {
    return this.#child!.exitCode !== null || this.#child!.signalCode !== null;
  }

  /** All that it printed since its start. */
  get output(): string {
    return this.#output;
  }

  get token(): string {
    return readFileSync(join(this.home, "token"), "utf8").trim();
  }

  /** Asks the API with the admin token; `path` begins with `/`. */
  async api<T = any>(path: string, init: RequestInit = {}): Promise<T> {
    const headers = new Headers(init.headers);
    headers.set("authorization", `Bearer ${this.token}`);
    const ask = (): Promise<Response> => fetch(`${this.address}/api/loom${path}`, { ...init, headers });
    // The gateway may close an idle connection in the very moment in which it is used again: what only reads is asked once more.
    const answer = await ask().catch((error: unknown) => (init.method === undefined ? ask() : Promise.reject(error)));
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  }

  /** All items of a list, page after page. */
  async all<T = any>(path: string): Promise<T[]> {
    const items: T[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const page: { items: T[]; next: string | null } = await this.api(`${path}?limit=1000${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`);
      items.push(...page.items);
      cursor = page.next;
    }
    return items;
  }

  /** Strands that another scheduler owns: not the workflows, some of which come with Loom. */
  async mirrored(): Promise<any[]> {
    return (await this.all<any>("/strands")).filter(({ kind }) => kind === "mirrored");
  }

  /** Runs the command line against this gateway. */
  async loom(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    const child = spawn(process.execPath, [this.#launcher, ...args], { env: this.#environment(), stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk: Buffer) => void (stdout += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => void (stderr += chunk.toString()));
    const [code] = (await once(child, "close")) as [number];
    return { code, stdout, stderr };
  }

  /** Ends it with this signal and waits until it is gone. */
  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    const child = this.#child;
    if (!child || this.isOver) return;
    const gone = once(child, "exit");
    child.kill(signal);
    await gone;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    if (this.#ownsHome) rmSync(this.home, { recursive: true, force: true });
  }

  #environment(): NodeJS.ProcessEnv {
    return { PATH: process.env["PATH"], HOME: this.home, LOOM_HOME: this.home, ...this.#env };
  }
}
