import { mkdir, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { expect, it } from "vitest";
import { createGateway } from "../../core/main.ts";
import { makeFolder } from "../support/folder.ts";

/** What another program is told that wants the port. */
function taking(address: string): Promise<string> {
  const server = createServer();
  const asked = new Promise<string>((resolve) => server.once("error", ({ code }: NodeJS.ErrnoException) => resolve(code!)).listen(Number(new URL(address).port), "127.0.0.1", () => resolve("taken")));
  return asked.finally(() => server.close());
}

it.each([["taken", false], ["EADDRINUSE", true]])("leaves its port to others (%s) but where the command line would still look for it there", async (answer, stays) => {
  await using home = await makeFolder();
  const gateway = await createGateway({ home: home.path, env: { LOOM_LOG_LEVEL: "error" }, flags: { port: 0 } });
  const { address } = await gateway.start();
  if (stays) {
    await rm(home.at("gateway.json"));
    await mkdir(home.at("gateway.json"));
  }
  await gateway.stop();
  expect(await taking(address)).toBe(answer);
});
