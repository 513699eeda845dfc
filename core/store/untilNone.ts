/**
 * Forgets a few at a time until there is nothing left to forget: others write in between.
 * @param few forgets some and answers how many
 * @returns how many were forgotten in all
 * @throws what `few` throws; the reason of `stop` when that aborts
 */
export async function untilNone(stop: AbortSignal, few: () => Promise<number>): Promise<number> {
  let all = 0;
  for (let gone = 1; gone > 0; all += gone) {
    stop.throwIfAborted();
    gone = await few();
  }
  return all;
}
