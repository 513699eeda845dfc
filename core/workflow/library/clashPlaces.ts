import type { Problem } from "../../errors/loomError.ts";
import { atKeys } from "../fileProblems.ts";
import { readSource, type SourceFile } from "../sources.ts";
import type { Clash } from "../together.ts";
import { toProblem, type Entry } from "./entry.ts";

type Found = { readonly of: string; readonly problems: readonly Problem[] };

/**
 * Where in its file each mistake between files stands. To find that a file is read and taken apart, so what was found is remembered
 * until the file or its mistakes are others.
 */
export class ClashPlaces {
  #known: ReadonlyMap<string, Found> = new Map();

  /**
   * What others have against each file, by its path.
   * @param stop ends it between two files
   * @throws the reason of `stop`
   */
  async problemsOf(entries: readonly Entry[], clashes: readonly Clash[], stop: AbortSignal): Promise<ReadonlyMap<string, Found>> {
    const byPath = Map.groupBy(clashes, ({ file }) => file.path);
    const found = new Map<string, Found>();
    for (const { file, inputs } of entries) {
      const those = byPath.get(file.path);
      if (!those) continue;
      stop.throwIfAborted();
      const of = JSON.stringify([inputs?.[file.path], those.map(({ definition: { kind, nth }, problem: { path, message, mend } }) => [kind, nth, path, message, mend])]);
      const known = this.#known.get(file.path);
      // One after the other: each may have a MiB, and much more while it is taken apart.
      found.set(file.path, inputs && known?.of === of ? known : { of, problems: await placed(file, those) });
    }
    this.#known = found;
    return found;
  }
}

async function placed(file: SourceFile, clashes: readonly Clash[]): Promise<Problem[]> {
  const text = await readSource(file);
  return atKeys(file, typeof text === "string" ? text : "", clashes).map((problem) => toProblem(file, problem));
}
