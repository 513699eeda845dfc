/** So long rests what takes things in, in milliseconds, before more is taken in at once. */
const REST = 100;
/** The longest that it rests: a machine that slept meanwhile, or whose clock was set, was not busy for hours. */
const LONGEST_REST = 2000;

/**
 * Hands on what comes: at once where little comes, together where much does, so that what each handing on costs (a new order,
 * a new layout) is paid for many. No more than half of the time goes to it, with what it makes the browser do.
 * @param {(some: any[]) => void} take
 * @param {{ later: (ms: number, fn: () => void) => unknown, now: () => number }} env a timer, and the time in milliseconds
 * @returns {{ push(one: any): void, flush(): void }} `flush` hands on at once what waits
 */
export function inBatches(take, { later, now }) {
  let waiting = [];
  let resting = false;

  function flush() {
    if (waiting.length === 0) return;
    const some = waiting;
    waiting = [];
    take(some);
  }

  function handOn() {
    resting = true;
    const began = now();
    try {
      flush();
    } finally {
      // Also after what throws: it is not to be the last that is taken in.
      later(REST, () => {
        const busy = Math.min(LONGEST_REST, now() - began - REST);
        if (busy > REST) later(busy, rested);
        else rested();
      });
    }
  }

  function rested() {
    resting = false;
    if (waiting.length > 0) handOn();
  }

  return {
    push(one) {
      waiting.push(one);
      if (!resting) handOn();
    },
    flush,
  };
}
