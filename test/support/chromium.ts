import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from "playwright-core";

/** The system's Chromium, for tests that need a real browser. */

const executablePath = process.env["LOOM_CHROMIUM"] ?? "/usr/bin/chromium";
const args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

/** Starts Chromium, headless, with a profile of its own. */
export function startChromium(): Promise<Browser> {
  return chromium.launch({ executablePath, args });
}

export interface OpenPage {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What the browser complained of: errors, warnings and refusals by the CSP. */
  readonly complaints: string[];
}

export interface OpenOptions extends BrowserContextOptions {
  /** The page's half of a session; null: it is not signed in. */
  readonly key?: string | null;
}

/** Opens a page with a context of its own and listens for complaints. */
export async function openPage(browser: Browser, { key = "sample", ...options }: OpenOptions = {}): Promise<OpenPage> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 860 }, colorScheme: "dark", reducedMotion: "no-preference", locale: "en-GB", timezoneId: "Europe/Berlin", ...options });
  if (key !== null) await context.addInitScript(`localStorage.setItem("loom.key", ${JSON.stringify(key)})`);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error.stack ?? error)));
  return { page, context, complaints };
}
