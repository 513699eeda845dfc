import { Command } from "commander";
import { expect, test } from "vitest";
import { makeFolder } from "../../../test/support/folder.ts";
import { FakeClock } from "../../testing/fakeClock.ts";
import type { Terminal } from "../terminal.ts";
import { configCommand } from "./config.ts";

test("no secret is printed, wherever in a plugin's settings it stands", async () => {
  const config = { token: "sesame-1", credentials: { user: "sesame-2" }, instances: [{ url: "https://me:sesame-3@host/x", password: "sesame-4" }], name: "plain" };
  await using home = await makeFolder({ "config.json": JSON.stringify({ plugins: { any: { config } } }) });
  for (const flags of [[], ["--json"]]) {
    const lines: string[] = [];
    const terminal: Terminal = { out: (line) => lines.push(line), err: (line) => lines.push(line), columns: Infinity, paint: (_colour, text) => text };
    const program = new Command();
    configCommand(program, { env: {}, terminal, clock: new FakeClock(), home: () => home.path, exit: () => {} });
    await program.parseAsync(["config", ...flags], { from: "user" });
    expect(lines.join("\n")).toMatch(/plugins\.any\.config\.name[^]*plain/);
    expect(lines.join("\n")).not.toContain("sesame");
  }
});
