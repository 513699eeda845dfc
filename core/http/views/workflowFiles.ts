import type { Problem } from "../../errors/loomError.ts";
import type { HttpServices } from "../services.ts";

const NONE: readonly Problem[] = [];

/** What keeps workflows' files from being live, by the workflows' ids. Held until the library tells of a change. */
export class WorkflowFiles {
  readonly #services: Pick<HttpServices, "library">;
  #problems: ReadonlyMap<string, readonly Problem[]> | null = null;
  #follows = false;

  constructor(services: Pick<HttpServices, "library">) {
    this.#services = services;
  }

  /** The same list as long as nothing has changed. */
  problemsOf(workflowId: string): readonly Problem[] {
    this.#problems ??= this.#read();
    return this.#problems.get(workflowId) ?? NONE;
  }

  #read(): Map<string, readonly Problem[]> {
    const { library } = this.#services;
    if (!this.#follows) library.on(() => (this.#problems = null));
    this.#follows = true;
    const found = new Map<string, readonly Problem[]>();
    for (const { holds, problems } of library.files()) {
      if (problems.length === 0) continue;
      for (const { kind, id } of holds) if (kind === "workflow") found.set(id, [...(found.get(id) ?? NONE), ...problems]);
    }
    return found;
  }
}
