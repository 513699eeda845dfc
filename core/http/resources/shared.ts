import * as z from "zod";
import type { Clock } from "../../clock/clock.ts";
import { LoomError } from "../../errors/loomError.ts";
import type { StrandRecord } from "../../store/contract.ts";
import { LONGEST_KEY, type ApiRequest } from "../route.ts";
import type { HttpServices } from "../services.ts";
import type { NodeNames } from "../views/nodeNames.ts";
import type { StrandViews } from "../views/strand.ts";

/** What the resources are made with. */
export interface ResourceTools {
  readonly services: HttpServices;
  readonly clock: Clock;
  readonly nodes: NodeNames;
  readonly strands: StrandViews;
}

/** One or more words or numbers of a kind, with commas between them: `status=failed,skipped`. */
export function anyOf<T>(words: z.ZodType<T>): z.ZodType<T[] | undefined> {
  const list = z.array(words) as unknown as z.ZodType<T[], string[]>;
  const text = z.string().max(200).describe("One or more, with commas between them");
  return text.transform((words) => words.split(",")).pipe(list).optional();
}

/** A strand by its id, also one that is no longer on the page: its history stays. */
export async function findStrand({ store, index }: HttpServices, id: string): Promise<StrandRecord> {
  const strand = index.strand(id) ?? (await store.strands.getMany([id]))[0];
  if (!strand) throw new LoomError("NOT_FOUND", `There is no strand ${id}.`);
  return strand;
}

/**
 * What tells a request that is sent again from another one; null: nothing does.
 * @throws LoomError BAD_INPUT
 */
export function onceKeyOf(headers: ApiRequest["headers"]): string | null {
  const key = headers["idempotency-key"]?.trim() || null;
  if (key !== null && key.length > LONGEST_KEY) throw new LoomError("BAD_INPUT", `The idempotency key is longer than ${LONGEST_KEY} characters.`);
  return key;
}

/** What is said of a run that is not there. */
export function noRun(id: string): LoomError {
  return new LoomError("NOT_FOUND", `There is no run ${id}.`, { help: "Check the id; `loom runs` lists what there is." });
}
