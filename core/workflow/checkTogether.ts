import { ownProblems, strayExports, type FileProblem, type Looked } from "./fileProblems.ts";
import { arrange, type Edition, type Shelved } from "./library/arrange.ts";
import type { LibraryFile } from "./libraryContract.ts";
import type { Definition } from "./reading.ts";
import type { Kind, SourceFile } from "./sources.ts";
import { twinsIn, type Clash, type Defined } from "./together.ts";

/** What is not in the files, and counts nevertheless. */
export interface GatewayKnowledge {
  /** What of each file is live: of two with one id, that holds it which had it first. */
  readonly files: readonly Pick<LibraryFile, "path" | "holds">[];
  /** Ids of operations that plugins offer. */
  readonly operations: readonly string[];
  /** Kinds of executors that plugins offer. */
  readonly executors: readonly string[];
}

/** A workflow or an operation of a file. */
export interface Held {
  readonly kind: Kind;
  readonly id: string;
  readonly name: string;
  readonly steps: number;
  readonly overrides: "shipped" | null;
  readonly overridden: boolean;
}

export interface Together {
  readonly defined: readonly Defined[];
  /** What is wrong with each file by itself. */
  readonly problems: ReadonlyMap<Looked, readonly FileProblem[]>;
  /** What keeps files out that are right by themselves. */
  readonly clashes: readonly Clash[];
  holdsOf(file: SourceFile): Held[];
  /** The file whose workflow or operation has this id. */
  holderOf(id: string): SourceFile | undefined;
}

/** What a gateway makes of these files, which have to be all of both roots; others are looked at by themselves. */
export function together(looked: readonly Looked[], gateway: GatewayKnowledge | null): Together {
  const isHelper = (one: Looked): boolean => looked.some((other) => other.file !== one.file && other.reading.files.includes(one.reading.bundle?.entry ?? ""));
  const problems = new Map(looked.map((one) => [one, [...ownProblems(one), ...strayExports(one, isHelper(one))]]));
  const inRoots = looked.filter(({ file }) => file.root !== "named");
  const { live, clashes } = arrange(inRoots.map((one) => shelved(one, problems.get(one)!.length === 0, gateway)));
  const defined = looked.flatMap(({ file, reading }) => reading.definitions.map((definition) => ({ file, definition })));
  const isLive = ({ definition }: Defined): boolean => live.some((other) => other.definition === definition);
  const held = (one: Defined): Held => {
    const { kind, id, name, steps } = one.definition;
    const others = defined.filter((other) => other !== one && other.definition.kind === kind && other.definition.id === id);
    const replaces = isLive(one) && others.some(({ file }) => file.root === "shipped");
    return { kind, id, name, steps, overrides: replaces ? "shipped" : null, overridden: !isLive(one) && others.some(isLive) };
  };
  return {
    defined,
    problems,
    clashes: [...clashes, ...twinsIn(defined.filter(({ file }) => file.root === "named"))],
    holdsOf: (file) => defined.filter((one) => one.file === file).map(held),
    holderOf(id) {
      const those = defined.filter(({ definition }) => definition.id === id);
      return (those.find(isLive) ?? those[0])?.file;
    },
  };
}

function shelved({ file, reading: { bundle, definitions } }: Looked, isRight: boolean, gateway: GatewayKnowledge | null): Shelved {
  const latest = isRight && bundle ? { bundleHash: bundle.hash, definitions } : null;
  const live = gateway?.files.find(({ path }) => path === file.path)?.holds.filter((one) => one.live) ?? [];
  const isSame = latest?.definitions.map(nameOf).join() === live.map(nameOf).join();
  return { file, latest, held: live.length === 0 ? null : isSame ? latest : lastGood(live) };
}

/** What counted before the file was as it is now: a gateway tells no more of it. */
function lastGood(live: LibraryFile["holds"]): Edition {
  const definitions = live.map(({ kind, id }, nth): Definition => ({ kind, id, nth, name: id, steps: 0, runs: [], operates: [], executes: [], problems: [], facts: null }));
  return { bundleHash: "", definitions };
}

function nameOf({ kind, id }: { readonly kind: Kind; readonly id: string }): string {
  return `${kind} ${id}`;
}
