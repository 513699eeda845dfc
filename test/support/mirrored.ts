import { MirrorFixture } from "./mirrorFixture.ts";
import { ScriptedSource } from "./scriptedSource.ts";

/** A fixture that mirrors a scripted scheduler, after its first look. Dispose of `loom` at the end. */
export async function mirrored(prepare: (source: ScriptedSource) => void, options: { fullOutputBytes?: number } = {}): Promise<{ loom: MirrorFixture; source: ScriptedSource }> {
  const loom = await MirrorFixture.start(options);
  const source = new ScriptedSource();
  prepare(source);
  loom.register(source);
  await loom.until(() => source.looks > 0);
  await loom.look();
  return { loom, source };
}
