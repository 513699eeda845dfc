import { fileURLToPath } from "node:url";
import { systemClock } from "../../core/clock/system.ts";
import { newId } from "../../core/ids/uuid.ts";
import { createRedactor } from "../../core/log/redact.ts";
import type { Json, Source } from "../../core/mirror/contract.ts";
import { MirrorService } from "../../core/mirror/service.ts";
import type { LoomEvent } from "../../core/plugin/contract.ts";
import { createRegistry } from "../../core/registry/registry.ts";
import { kernelExecutors } from "../../core/run/kernel/kernelExecutors.ts";
import { RunService } from "../../core/run/service.ts";
import type { Store } from "../../core/store/contract.ts";
import { openSqliteStore } from "../../core/store/sqlite/open.ts";
import { quietLog } from "../../core/testing/quietLog.ts";
import { createIsolates } from "../../core/workflow/isolate/isolates.ts";
import { markerOf } from "../../core/workflow/isolate/marker.ts";
import { findProcesses } from "../../core/workflow/isolate/processes.ts";
import { createLibrary, type RunningLibrary } from "../../core/workflow/library.ts";
import { makeFolder, type Folder } from "./folder.ts";

/** All that runs the workflows that come with Loom: real store, library, isolates and mirrors, in a home of their own. */
export class ShippedGateway implements AsyncDisposable {
  readonly folder: Folder;
  readonly store: Store;
  readonly library: RunningLibrary;
  readonly runs: RunService;
  readonly #nodeId: string;
  readonly #stack: AsyncDisposableStack;
  readonly #events: LoomEvent[] = [];
  #heard = Promise.withResolvers<void>();

  private constructor(parts: { folder: Folder; store: Store; library: RunningLibrary; runs: RunService; nodeId: string; stack: AsyncDisposableStack }) {
    [this.folder, this.store, this.library, this.runs, this.#nodeId, this.#stack] = [parts.folder, parts.store, parts.library, parts.runs, parts.nodeId, parts.stack];
    this.store.onCommit((events) => {
      this.#events.push(...events);
      this.#heard.resolve();
      this.#heard = Promise.withResolvers<void>();
    });
  }

  /** @param sources what is mirrored */
  static async open(sources: readonly Source[] = []): Promise<ShippedGateway> {
    const stack = new AsyncDisposableStack();
    const folder = stack.use(await makeFolder());
    const store = stack.adopt(await openSqliteStore({ file: folder.at("loom.db") }), (open) => open.close());
    const [clock, log, nodeId, bootId] = [systemClock, quietLog, newId(systemClock), newId(systemClock)];
    const registry = createRegistry({ log });
    const mirrors = stack.adopt(new MirrorService({ sources: registry.sources, store, clock, log, nodeId, redact: (text) => text }), (running) => running.stop());
    const isolates = createIsolates({ clock, log, nodeId, bootId, env: process.env });
    const roots = { home: folder.path, shipped: fileURLToPath(new URL("../..", import.meta.url)) };
    const library = stack.adopt(createLibrary({ roots, ...store, nodeId, bootId, env: process.env, redact: (text) => text, clock, log, hostZone: "UTC", watch: false, tell: async () => {} }), (running) => running.stop());
    const kernel = registry.stage({ plugin: "loom", generation: 0 });
    const keep = { runDays: 90, mirroredRunDays: 0, auditDays: 365, backups: 2 };
    for (const executor of kernelExecutors({ store, mirrors, clock, keep, backups: folder.at("backups") })) kernel.add("executors", executor);
    for (const source of sources) kernel.add("sources", source);
    registry.swap(null, kernel);
    mirrors.start();
    const runs = stack.adopt(
      new RunService({ ...store, library, registry, isolates, clock, log, node: { id: nodeId, name: "here", tags: [] }, bootId, redactor: createRedactor(), random: () => 0 }),
      (running) => running.stop(),
    );
    await library.start();
    await runs.recover();
    return new ShippedGateway({ folder, store, library, runs, nodeId, stack });
  }

  /** Runs a workflow to its end. */
  async run(strandId: string, input?: Json) {
    const { runId } = await this.runs.start({ strandId, trigger: "manual", by: "ann", ...(input !== undefined && { input }) });
    while (!this.#events.some((event) => event.type === "run.finished" && event.runId === runId)) await this.#heard.promise;
    const { run, steps } = (await this.store.runs.get(runId))!;
    const rows = steps.map(({ stepId, status }) => `${stepId} ${status}`);
    return { id: runId, status: run.status, error: run.error, rows, results: Object.fromEntries(steps.map(({ stepId, result }) => [stepId, result])) };
  }

  /** Processes for workflow code. */
  processes(): Promise<number[]> {
    return findProcesses({ marker: markerOf(this.#nodeId) });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}
