import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { systemClock } from "../../core/clock/system.ts";
import type { Json } from "../../core/mirror/contract.ts";
import { createBundler } from "../../core/modules/bundler.ts";
import type { CallListener, Version } from "../../core/workflow/isolate/contract.ts";
import { IsolateStage, type Asked, type Outcome } from "./isolateStage.ts";

/** A file of `workflows/` or `operations/` as the gateway would run it: bundled, and called in real isolates. */
export class ShippedFile implements AsyncDisposable {
  readonly #version: Version;
  readonly #stage: IsolateStage;

  private constructor(version: Version, stage: IsolateStage) {
    [this.#version, this.#stage] = [version, stage];
  }

  /** @param egress where it may connect besides public addresses */
  static async load(url: URL, egress: readonly string[] = []): Promise<ShippedFile> {
    const path = fileURLToPath(url);
    const bundler = createBundler({ hostModules: ["loom-gateway"], clock: systemClock });
    try {
      return new ShippedFile(await bundler.bundle(path, dirname(path)), new IsolateStage({}, undefined, egress));
    } finally {
      await bundler.dispose();
    }
  }

  operate(operation: string, input: Json, on: CallListener = {}, more: Asked = {}, signal = new AbortController().signal): Promise<Outcome> {
    return this.#stage.run(this.#stage.call(this.#version, { work: { do: "operate", operation }, input, ...more }), signal, on);
  }

  step(workflow: string, step: string, more: Asked = {}, on: CallListener = {}): Promise<Outcome> {
    return this.#stage.run(this.#stage.call(this.#version, { work: { do: "run", workflow, step }, ...more }), new AbortController().signal, on);
  }

  evaluate(workflow: string, step: string, more: Asked = {}): Promise<Outcome> {
    return this.#stage.run(this.#stage.call(this.#version, { work: { do: "evaluate", workflow, step }, ...more }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stage[Symbol.asyncDispose]();
  }
}
