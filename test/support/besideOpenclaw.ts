import { eventually } from "./eventually.ts";
import { GatewayProcess } from "./gatewayProcess.ts";
import { startOpenClaw, type OpenClaw } from "./openclaw.ts";

/** A real gateway beside a real OpenClaw. */
export class BesideOpenClaw implements AsyncDisposable {
  readonly openclaw: OpenClaw;
  readonly loom: GatewayProcess;

  private constructor(openclaw: OpenClaw, loom: GatewayProcess) {
    [this.openclaw, this.loom] = [openclaw, loom];
  }

  /** Starts both, and waits until the gateway has seen OpenClaw's own jobs. */
  static async start(): Promise<BesideOpenClaw> {
    await using unwind = new AsyncDisposableStack();
    const openclaw = unwind.use(await startOpenClaw({ version: "2026.9.6" }));
    const loom = unwind.use(await GatewayProcess.start({ env: { OPENCLAW_STATE_DIR: openclaw.stateDir } }));
    await eventually(() => loom.mirrored(), (all) => all.some((strand) => strand.system));
    unwind.move();
    return new BesideOpenClaw(openclaw, loom);
  }

  /** What the API says of the strand of a job, or undefined. */
  async strandOf(jobId: string): Promise<any> {
    return (await this.loom.mirrored()).find((strand) => strand.id.endsWith(`:${jobId}`));
  }

  /** Waits until the strand of a job is as wanted; it is there, unless told. */
  strandBecomes(jobId: string, wanted: (strand: any) => boolean = Boolean): Promise<any> {
    return eventually(() => this.strandOf(jobId), wanted);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.loom[Symbol.asyncDispose]();
    await this.openclaw[Symbol.asyncDispose]();
  }
}
