import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";
import { ownPage } from "../../core/http/page/pageFiles.ts";
import { openPage, startChromium } from "../support/chromium.ts";
import { openDoor } from "../support/door.ts";
import { manyStrands } from "../support/manyStrands.ts";

/** Answers everything with a page of its own, in the browser too, where it stays. */
const WORKER = `
  const stolen = () => new Response("<title>stolen</title>", { headers: { "content-type": "text/html" } });
  addEventListener("install", () => skipWaiting());
  addEventListener("activate", (event) => event.waitUntil(clients.claim()));
  addEventListener("fetch", (event) => event.respondWith(stolen()));
`;

/** Somebody who has the port while Loom is stopped. */
async function squat(): Promise<{ port: number; leave(): Promise<void> }> {
  const server = createServer((request, response) => {
    const script = request.url === "/worker.js";
    response.setHeader("content-type", script ? "text/javascript" : "text/html").end(script ? WORKER : "<title>not Loom</title>");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async leave() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

it("on a shared machine, what somebody who took the port has left in the browser does not see the next sign-in", async () => {
  const squatter = await squat();
  const browser = await startChromium();
  try {
    const { page, context, complaints } = await openPage(browser, { key: null });
    const squatted = await context.newPage();
    const old = `http://127.0.0.1:${squatter.port}/`;
    await squatted.goto(old);
    await squatted.evaluate(`navigator.serviceWorker.register("/worker.js").then(() => navigator.serviceWorker.ready).then(() => {})`);
    await squatter.leave();

    await using door = await openDoor({ page: ownPage(), config: { port: squatter.port, sharedMachine: true } });
    await squatted.goto(old);
    expect(await squatted.title()).toBe("stolen");
    await page.goto(door.http.signInLink());
    await page.locator(".line.live").waitFor();
    expect(new URL(page.url()).hostname).toMatch(/^[0-9a-f]{32}\.localhost$/);

    const [id] = await manyStrands(door, 8);
    await page.locator(`[data-strand="${id}"]`).waitFor({ state: "attached" });
    // A door without workflows knows of no pauses.
    expect(complaints.filter((complaint) => !complaint.includes("404"))).toEqual([]);
  } finally {
    await browser.close();
  }
});
