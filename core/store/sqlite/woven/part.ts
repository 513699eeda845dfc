import type { Store } from "../../contract.ts";
import type { Channel } from "../channel.ts";
import type { Reader } from "../reader.ts";
import type { Writes } from "../writes.ts";
import { received, sent } from "./wire.ts";

/**
 * What the store has for strands of Loom's own.
 * @param touch a strand was changed, perhaps without an event
 */
export function wovenPart(writer: Channel<Writes>, reader: Reader, touch: (strandId: string) => void): Pick<Store, "weave" | "driven"> {
  return {
    weave: {
      lay: (strand) => writer.call("weave.lay", strand).finally(() => touch(strand.facts.id)),
      remove: (strandId, at) => writer.call("weave.remove", strandId, at),
      switch: (strandId, enabled, at, { makeUp = false } = {}) => writer.call("weave.switch", strandId, enabled, at, makeUp),
      fired: (strandId, from, until) => writer.call("weave.fired", strandId, from, until).finally(() => touch(strandId)),
      keepBundle: (bundle) => writer.call("weave.keepBundle", bundle),
      bundle: (hash) => reader.call("weave.bundle", hash),
      version: (strandId, version) => reader.call("weave.version", strandId, version),
      pruneBundles: (hashes) => writer.call("weave.pruneBundles", hashes),
    },
    driven: {
      begin: (run) => writer.call("driven.begin", sent(run)),
      takeOver: (runId, after) => writer.call("driven.takeOver", runId, after),
      letGo: (run, starts) => writer.call("driven.letGo", sent(run), starts),
      apply: (change) => writer.call("driven.apply", change),
      get: async (runId) => {
        const run = await reader.call("driven.get", runId);
        return run && received(run);
      },
      open: () => reader.call("driven.open"),
      hosts: () => reader.call("driven.hosts"),
      childOf: (parent) => reader.call("driven.childOf", parent),
      startedBy: (strandId, onceKey) => reader.call("driven.startedBy", strandId, onceKey),
      results: (runId, steps) => reader.call("driven.results", runId, steps),
      inputOf: (runId, row) => reader.call("driven.inputOf", runId, row),
      given: (runId, wanted, most) => reader.call("driven.given", runId, wanted, most),
      attempts: (runId) => reader.call("driven.attempts", runId),
      appendOutput: ({ runId, step, text }) => writer.call("driven.appendOutput", { runId, step, text }),
      outputAfter: (runId, step, offset, limit) => reader.call("driven.outputAfter", runId, step, offset, limit),
      keepArtifact: ({ data, ...artifact }) => writer.call("driven.keepArtifact", { ...artifact, base64: Buffer.from(data).toString("base64") }),
      artifacts: (runId) => reader.call("driven.artifacts", runId),
      artifactAfter: async (runId, step, name, offset) => {
        const found = await reader.call("driven.artifactAfter", runId, step, name, offset);
        if (!found) return null;
        const { base64, ...part } = found;
        return { ...part, data: Buffer.from(base64, "base64") };
      },
    },
  };
}
