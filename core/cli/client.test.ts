import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { makeFolder } from "../../test/support/folder.ts";
import { readBody, send } from "../../test/support/plainHttp.ts";
import { connect } from "./client.ts";

test("what starts something is asked again where the connection breaks, under the same key, and another time under another", async () => {
  const asked: IncomingHttpHeaders[] = [];
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      asked.push(request.headers);
      if (asked.length === 1) request.socket.destroy();
      else send(response, 202, { body });
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await using home = await makeFolder({ token: "secret", "gateway.json": JSON.stringify({ pid: process.pid, address }) });
  const client = connect(home.path);
  for (const from of ["start", "failed"]) expect(await client.ask("runs/1/retry", { from })).toEqual({ body: { from } });
  const keys = asked.map((headers) => headers["idempotency-key"]);
  expect([keys.length, keys[0] === keys[1], new Set(keys).size]).toEqual([3, true, 2]);
  server.closeAllConnections();
  server.close();
});
