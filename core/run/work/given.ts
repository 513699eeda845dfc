import { isLoomError } from "../../errors/loomError.ts";
import type { StepGiven, WantedGiven } from "../../store/contract.ts";
import type { Version } from "../../workflow/isolate/contract.ts";

/** What calls need of the store. */
export interface Given {
  /** Of the file that the step's code is in; null: it is not there any more. */
  version(hash: string): Promise<Version | null>;
  inputOf(runId: string, row: string): Promise<{ readonly input: string; readonly item: string }>;
  /** What a step's code works on; its length alone where that is more than `most`. */
  read(runId: string, wanted: WantedGiven, most: number): Promise<StepGiven | number>;
}

const NOTHING: StepGiven = { runInput: "null", input: "null", item: "null", results: "{}" };

/** Reads what one call works on, and remembers why that could not be done. */
export class Reading {
  readonly #given: Given;
  readonly #runId: string;
  readonly #wanted: WantedGiven;
  #obstacle: { readonly error: unknown } | null = null;

  constructor(given: Given, runId: string, wanted: WantedGiven) {
    [this.#given, this.#runId, this.#wanted] = [given, runId, wanted];
  }

  async read(most: number): Promise<StepGiven | number> {
    const { runInput, row, results } = this.#wanted;
    if (!runInput && row === null && results.length === 0) return NOTHING;
    try {
      return await this.#given.read(this.#runId, this.#wanted, most);
    } catch (error) {
      this.#obstacle = { error };
      throw error;
    }
  }

  /**
   * Why the results before the step are more than it may be given, in words; null: they were not.
   * @throws every other error that came of reading
   */
  get tooLarge(): string | null {
    if (this.#obstacle === null) return null;
    const { error } = this.#obstacle;
    if (isLoomError(error) && error.code === "TOO_LARGE") return `${error.message} Keep what is large as artifacts or in files, and return where it is.`;
    throw error;
  }
}
