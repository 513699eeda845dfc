/** So many at a time: an owner's limit is the gateway's business, the browser's lines are ours. */
const AT_ONCE = 6;

/**
 * Does something with each of many, a few at a time.
 * @param {any[]} items
 * @param {(item: any) => Promise<unknown>} act must not reject
 * @param {AbortSignal} [signal] ends it: those that are not begun are left
 */
export async function each(items, act, signal) {
  const rest = [...items];
  const work = async () => {
    for (let item = rest.shift(); item !== undefined && !signal?.aborted; item = rest.shift()) await act(item);
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, work));
}

/**
 * Something that is read as a whole: asked for again while it is read, it is read once more afterwards.
 * @param {() => Promise<void>} read
 * @returns {() => Promise<void>} settles when what it shows is as new as the call
 */
export function rereading(read) {
  let now = null;
  let next = null;
  return () => {
    if (now === null) return (now = read().catch(() => {}).finally(() => (now = null)));
    return (next ??= now.then(() => {
      next = null;
      return (now = read().catch(() => {}).finally(() => (now = null)));
    }));
  };
}
