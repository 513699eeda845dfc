const FOR_LONG_MS = 2 ** 31 - 1;

/** Keeps Node from ending the process for want of other work, until it is disposed of: no timer of ours does. */
export function holdProcess(): Disposable {
  const handle = setInterval(() => {}, FOR_LONG_MS);
  return { [Symbol.dispose]: () => clearInterval(handle) };
}
