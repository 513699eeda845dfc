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
