import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { expect, test } from "vitest";
import { openDoor } from "../../../test/support/door.ts";

test("of what is sent together with the request that ends its connection no requests are made", async () => {
  await using door = await openDoor();
  let made = 0;
  const count = (): void => void made++;
  subscribe("http.server.request.start", count);
  await door.raw(`GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:${door.port}\r\n\r\n`.repeat(300));
  unsubscribe("http.server.request.start", count);
  // The one that is answered, the one that ends the connection, and the one that shows that it has ended.
  expect(made).toBeLessThanOrEqual(3);
  expect((await door.get("/healthz")).status).toBe(200);
});
