/** So heavy may be what is handed to the store at once, in characters of JSON: it is written, carried over and read in one go each. */
const HEAVIEST = 2 * 1024 * 1024;

/** The items in their order, in parts that have no more than `most` of them and are not too heavy to be handed over at once. Pure. */
export function inParts<Item>(items: readonly Item[], weightOf: (item: Item) => number, most = Infinity): Item[][] {
  const parts: Item[][] = [];
  let part: Item[] = [];
  let left = 0;
  for (const item of items) {
    const weight = weightOf(item);
    left -= weight;
    if (part.length > 0 && part.length < most && left >= 0) part.push(item);
    else {
      parts.push((part = [item]));
      left = HEAVIEST - weight;
    }
  }
  return parts;
}
