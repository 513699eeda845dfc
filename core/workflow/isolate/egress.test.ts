import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";
import { IsolateStage, versionOf } from "../../../test/support/isolateStage.ts";

const version = versionOf({ ask: "async ({ fetch, input }) => (await fetch(input)).text()" });

it("lets a step's requests go to private addresses only where the settings say so", async () => {
  await using server = createServer((_, response) => response.end("hello")).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  await using open = new IsolateStage({}, undefined, [address]);
  expect(await open.step(version, "ask", { input: `http://${address}/` })).toEqual({ is: "completed", data: "hello" });
  await using closed = new IsolateStage();
  expect(await closed.step(version, "ask", { input: `http://${address}/` })).toMatchObject({
    is: "failed",
    code: "EGRESS_REFUSED",
    message: `EGRESS_REFUSED: 127.0.0.1 is no public address. If requests may go there, add "${address}" to egress.allow in config.json.`,
  });
});
