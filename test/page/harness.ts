import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { openPage, startChromium, type OpenOptions } from "../support/chromium.ts";
import { PageServer } from "../support/pageServer.ts";
import type { Sample } from "../support/sampleStrands.ts";

/** What a browser test of the page needs: a server of sample strands and a page that is open on it. */

export interface Visit {
  readonly server: PageServer;
  readonly page: Page;
  /** Complaints of the browser that the test expects, such as lines that broke on purpose. */
  readonly allow: RegExp[];
}

export interface VisitOptions extends OpenOptions {
  /** The address's fragment. */
  readonly hash?: string;
  /** Runs before the page is opened. */
  readonly prepare?: (server: PageServer) => void;
}

/**
 * Starts Chromium for a file of tests. Answers a function that serves a sample and opens it, and waits until the page has
 * everything, unless it is not signed in or its gateway has a problem; after each test everything
 * is closed again, and the browser must have had nothing to complain of: no error, no warning, no refusal by the CSP.
 */
export function useBrowser(): (sample: Sample, options?: VisitOptions) => Promise<Visit> {
  let browser: Browser;
  const ends: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    browser = await startChromium();
  });
  afterEach(async () => {
    for (const end of ends.splice(0)) await end();
  });
  afterAll(() => browser.close());

  return async (sample, { hash = "", prepare, ...options } = {}) => {
    const server = await PageServer.start(sample);
    prepare?.(server);
    const { page, context, complaints } = await openPage(browser, options);
    const allow: RegExp[] = [];
    ends.push(async () => {
      await context.close();
      await server.stop();
      expect(complaints.filter((complaint) => !allow.some((known) => known.test(complaint)))).toEqual([]);
    });
    await page.goto(server.url + hash);
    if (options.key !== null && !server.problem) await settled(page);
    return { server, page, allow };
  };
}

/** Resolves when the page is live and has everything that it fetches at first. */
async function settled(page: Page): Promise<void> {
  await page.locator(".line.live").waitFor();
  await page.locator('.main[aria-busy="false"]').waitFor();
}

/** The drawn strand of an id. */
export const strandOf = (page: Page, id: string) => page.locator(`[data-strand="${id}"]`);

/** Clicks where a strand hangs. What takes the click is the hand, which lies over all strands. */
export async function pressStrand(page: Page, id: string): Promise<void> {
  await strandOf(page, id).waitFor();
  await strandOf(page, id).click({ force: true });
}
