import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { systemClock } from "../../core/clock/system.ts";
import { openPage, startChromium } from "../support/chromium.ts";
import { eventually } from "../support/eventually.ts";
import { GatewayProcess } from "../support/gatewayProcess.ts";
import { startOpenClaw, type OpenClaw } from "../support/openclaw.ts";
import { StubModel } from "../support/stubModel.ts";

/** Debian's package `libfaketime` has it. */
const FAKETIME = process.env["LOOM_FAKETIME"] ?? "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";
const WITHIN = 240_000;
const small = { width: 1280, height: 620 };
const large = { width: 1440, height: 860 };
/** Where a strand hangs that is alone in the Loom, and the panel beside it. */
const strandAndPanel = { x: 494, y: 49, width: 786, height: 548 };

const panelAlone = { x: 800, y: 49, width: 480, height: 320 };

/** A real OpenClaw with a stub for a model, a real Loom beside it, and a browser that takes pictures of its page. */
export class RealStage implements AsyncDisposable {
  readonly home: string;
  readonly loom: GatewayProcess;
  readonly #folder: string;
  readonly #model: StubModel;
  readonly #browser: Browser;
  #openclaw: OpenClaw;
  #page: Page | null = null;

  private constructor(parts: { home: string; folder: string; model: StubModel; browser: Browser; openclaw: OpenClaw }) {
    this.home = parts.home;
    this.#folder = parts.folder;
    this.#model = parts.model;
    this.#browser = parts.browser;
    this.#openclaw = parts.openclaw;
    this.loom = new GatewayProcess({ env: { OPENCLAW_STATE_DIR: parts.openclaw.stateDir } });
  }

  /**
   * Starts all but Loom.
   * @param folder where pictures go
   * @param behind how far OpenClaw's clock is behind, in libfaketime's words, such as `-70m`
   */
  static async set(folder: string, behind: string): Promise<RealStage> {
    const home = await mkdtemp(join(tmpdir(), "loom-states-home-"));
    await mkdir(folder, { recursive: true });
    await writeFile(clockFile(home), `${behind}\n`);
    const [model, browser] = await Promise.all([StubModel.start(), startChromium()]);
    const env = { LD_PRELOAD: FAKETIME, FAKETIME_TIMESTAMP_FILE: clockFile(home), FAKETIME_NO_CACHE: "1", FAKETIME_DONT_FAKE_MONOTONIC: "1" };
    const openclaw = await startOpenClaw({ version: "2026.9.6", home, config: configOf(model), env });
    return new RealStage({ home, folder, model, browser, openclaw });
  }

  get openclaw(): OpenClaw {
    return this.#openclaw;
  }

  /** OpenClaw's clock jumps to the true time, as after a sleep of the machine. */
  async rightTheClock(): Promise<void> {
    await writeFile(clockFile(this.home), "+0\n");
  }

  /** Starts OpenClaw again after it was killed; it takes another port and token. */
  async startOpenClawAgain(env: Readonly<Record<string, string>> = {}): Promise<void> {
    this.#openclaw = await startOpenClaw({ version: "2026.9.6", home: this.home, config: configOf(this.#model), env });
  }

  /** Starts Loom and signs a browser in. */
  async startLoom(): Promise<void> {
    await this.loom.start();
    await this.#page?.context().close();
    const { page } = await openPage(this.#browser, { key: null, viewport: small });
    await page.goto((await this.loom.api("/sign-in-links", { method: "POST" })).url);
    await page.locator(".line.live").waitFor();
    this.#page = page;
  }

  /** The strand of a job. */
  async strandOf(jobId: string): Promise<any> {
    return (await this.loom.all("/strands")).find((strand) => strand.id.endsWith(`:${jobId}`));
  }

  /** Waits until Loom tells of a job's strand what is wanted. */
  until(jobId: string, fits: (strand: any) => boolean): Promise<any> {
    return eventually(() => this.strandOf(jobId), (strand) => strand !== undefined && fits(strand), WITHIN);
  }

  /** Runs a job without waiting for its end. */
  async begin(jobId: string): Promise<void> {
    const started = this.openclaw.cronEvent((event) => event.jobId === jobId && event.action === "started");
    await this.openclaw.rpc("cron.run", { id: jobId, mode: "force" });
    await started;
  }

  /** Asks Loom for something about a job's strand. */
  async ask(jobId: string, what: string, body: object): Promise<void> {
    const { id } = await this.strandOf(jobId);
    await this.loom.api(`/strands/${encodeURIComponent(id)}/${what}`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  }

  /**
   * A picture of the strand alone in the Loom, from near, with its panel beside it.
   * @param part of the panel that must be in sight
   */
  async take(name: string, jobId: string, part?: string): Promise<void> {
    const strand = await this.strandOf(jobId);
    await this.#go(`view=loom&q=${encodeURIComponent(`name:"${strand.name}"`)}&strand=${encodeURIComponent(strand.id)}`);
    await this.page.locator(".panel .section").first().waitFor();
    await this.page.locator(`[data-strand="${strand.id}"]`).waitFor({ state: "attached" });
    if (part) await this.page.locator(`.panel ${part}`).first().scrollIntoViewIfNeeded();
    await this.#picture(name, strandAndPanel);
  }

  /** A picture of what is said of the source. */
  async takeSources(name: string): Promise<void> {
    await this.#go("view=loom&panel=sources");
    await this.#picture(name, panelAlone);
  }

  /** Pictures of everything in the Loom and the Inbox, in both themes. */
  async takeAll(name: string): Promise<void> {
    await this.page.setViewportSize(large);
    for (const colorScheme of ["light", "dark"] as const) {
      await this.page.emulateMedia({ colorScheme });
      for (const view of ["loom", "inbox"]) {
        await this.#go(`view=${view}`);
        await this.#picture(`${name}-${view}-${colorScheme}`);
      }
    }
    await this.page.setViewportSize(small);
  }

  get page(): Page {
    if (this.#page === null) throw new Error("Loom is not started");
    return this.#page;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
    await this.loom[Symbol.asyncDispose]();
    await this.#openclaw[Symbol.asyncDispose]();
    await this.#model[Symbol.asyncDispose]();
    await rm(this.home, { recursive: true, force: true, maxRetries: 5 });
  }

  async #go(address: string): Promise<void> {
    await this.page.evaluate(`location.hash = ${JSON.stringify(`#${address}`)}`);
  }

  async #picture(name: string, clip?: typeof strandAndPanel): Promise<void> {
    await this.page.getByText("reading…").first().waitFor({ state: "hidden" });
    await systemClock.sleep(450); // closing a panel gives the focus back
    await this.page.evaluate("document.activeElement.blur()");
    await systemClock.sleep(450); // what was set in motion comes to rest
    await this.page.screenshot({ path: join(this.#folder, `${name}.png`), ...(clip && { clip }) });
    console.log(name);
  }
}

const clockFile = (home: string): string => join(home, "clock");

/** `stub` answers; nothing listens where `cellar` should be. */
function configOf(model: StubModel): object {
  const openai = { apiKey: "none", api: "openai-completions" };
  const stub = { id: "stub-1", name: "stub-1", contextWindow: 32_000, maxTokens: 2_000 };
  return {
    models: {
      providers: {
        stub: { ...openai, baseUrl: model.url, models: [stub] },
        cellar: { ...openai, baseUrl: "http://127.0.0.1:4/v1", models: [{ id: "cellar-1", name: "cellar-1" }] },
      },
    },
    agents: { defaults: { model: { primary: "stub/stub-1" } } },
  };
}
