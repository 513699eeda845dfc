import { expect, it } from "vitest";
import { MirrorFixture } from "../../test/support/mirrorFixture.ts";
import { ScriptedSource } from "../../test/support/scriptedSource.ts";
import { LoomError } from "../errors/loomError.ts";
import { createRegistry } from "../registry/registry.ts";
import type { StrandStore } from "../store/contract.ts";
import { quietLog } from "../testing/quietLog.ts";
import { MirrorService } from "./service.ts";

it("looks at a source whose strands could not be read from the database when it came", async () => {
  await using loom = await MirrorFixture.start();
  let faults = 2;
  const goneFrom: StrandStore["goneFrom"] = async (...asked) => {
    if (faults-- > 0) throw new LoomError("STORE_UNAVAILABLE", "The database says: disk I/O error (SQLITE_IOERR_READ).");
    return loom.store.strands.goneFrom(...asked);
  };
  const strands = new Proxy(loom.store.strands, { get: (target, name: keyof StrandStore) => (name === "goneFrom" ? goneFrom : target[name]) });
  const registry = createRegistry({ log: quietLog });
  const source = new ScriptedSource();
  const holding = registry.stage({ plugin: "scripted", generation: 1 });
  holding.add("sources", source);
  registry.swap(null, holding);
  const mirrors = new MirrorService({ sources: registry.sources, store: { ...loom.store, strands }, clock: loom.clock, log: quietLog, nodeId: "node-1", redact: (text) => text });
  mirrors.start();
  await loom.until(() => source.looks > 0);
  expect(faults).toBeLessThan(0);
  await loom.pumped(mirrors.stop());
});
