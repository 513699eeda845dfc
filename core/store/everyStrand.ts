import type { StrandRecord, StrandStore } from "./contract.ts";

const AT_ONCE = 1_000;

/** Every strand there ever was, in order of the ids; they are read a thousand at a time. */
export async function* everyStrand(strands: Pick<StrandStore, "after">): AsyncGenerator<Pick<StrandRecord, "id" | "kind">> {
  for (let some = await strands.after(null, AT_ONCE); some.length > 0; some = await strands.after(some.at(-1)!.id, AT_ONCE)) yield* some;
}
