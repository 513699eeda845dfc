import { CommandService } from "../../core/command/service.ts";
import { wovenCommands } from "../../core/command/woven.ts";
import { LoomError, type Problem } from "../../core/errors/loomError.ts";
import type { RunAnswer, RunRequest, Runs, StepNews } from "../../core/run/contract.ts";
import type { PauseReport } from "../../core/run/pause/contract.ts";
import { quietLog } from "../../core/testing/quietLog.ts";
import type { WorkflowFacts } from "../../core/workflow/facts.ts";
import type { LibraryFile } from "../../core/workflow/libraryContract.ts";
import { T } from "../contract/fixtures.ts";
import { aBundle } from "../contract/wovenFixtures.ts";
import { openDoor, type Door } from "./door.ts";

/** A door before Loom's own strands, whose runs another part would drive. */
export class WovenDoor implements AsyncDisposable {
  readonly door: Door;
  readonly commands: CommandService;
  readonly asked: RunRequest[] = [];
  readonly files: LibraryFile[] = [];
  answer: RunAnswer | LoomError = { outcome: "started", runId: "r-new" };
  readonly told: string[] = [];
  readonly #listeners = new Set<(news: StepNews) => void>();
  pause: PauseReport = { everything: null, strands: [], queue: { waiting: 0, expectedWaitMs: null } };
  #changed: () => void = () => {};
  #watched = Promise.withResolvers<void>();

  private constructor(door: Door, start: Runs["start"]) {
    this.door = door;
    const { store, index, clock } = door;
    this.commands = new CommandService({ store, index, mirror: () => undefined, woven: wovenCommands({ runs: { start }, weave: store.weave, driven: store.driven, clock }), clock, log: quietLog });
    Object.assign(door.services, { commands: this.commands });
  }

  static async open(): Promise<WovenDoor> {
    let self: WovenDoor;
    const start = async (request: RunRequest, before?: () => Promise<void>): Promise<RunAnswer> => {
      self.asked.push(request);
      if (self.answer instanceof LoomError) throw self.answer;
      await before?.();
      return self.answer;
    };
    const door = await openDoor({
      services: {
        runs: {
          cancel: async (runId, by, graceMs) => void self.told.push(`cancel ${runId} by ${by} within ${graceMs}`),
          retry: async (runId, by, from, key) => (self.told.push(`retry ${runId} by ${by} from ${from}${key ? ` (${key})` : ""}`), { outcome: "queued", runId: "r-again" }),
          progress: () => ({ "post[1]": 0.25 }),
          onNews(listener) {
            self.#listeners.add(listener);
            self.#watched.resolve();
            return () => void self.#listeners.delete(listener);
          },
        },
        pauses: {
          report: async () => self.pause,
          pause: async (strandId, by) => (self.told.push(`pause ${strandId ?? "everything"} by ${by}`), self.pause),
          resume: async (strandId, by) => (self.told.push(`resume ${strandId ?? "everything"} by ${by}`), self.pause),
        },
        library: { files: () => self.files, reload: async () => self.files, on: (listener) => ((self.#changed = () => listener({ workflows: [], files: [] })), () => {}) },
      },
    });
    self = new WovenDoor(door, start);
    return self;
  }

  /** Lays a workflow down, made of these files. */
  async lay(facts: WorkflowFacts, sources: Record<string, string> = { "flow.ts": "1" }, hash = `hash-${facts.id}`): Promise<void> {
    const map = JSON.stringify({ sources: Object.keys(sources), sourcesContent: Object.values(sources) });
    await this.door.store.weave.lay({ nodeId: "node-1", at: T, modulePath: `/flows/${facts.id}.ts`, shipped: false, facts, bundle: aBundle(hash, { map }) });
    await this.door.index.settled();
  }

  /** Resolves when somebody has begun to watch a run. */
  async watched(): Promise<void> {
    await this.#watched.promise;
  }

  /** What happens in a step under way. */
  happens(news: StepNews): void {
    for (const listener of this.#listeners) listener(news);
  }

  /** The files say this from now on. */
  say(...files: LibraryFile[]): void {
    this.files.splice(0, this.files.length, ...files);
    this.#changed();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.door[Symbol.asyncDispose]();
  }
}

export function aFile(id: string, problems: readonly Problem[] = []): LibraryFile {
  return { path: `/flows/${id}.ts`, root: "home", holds: [{ kind: "workflow", id, live: true }], problems, loadedAt: T };
}

