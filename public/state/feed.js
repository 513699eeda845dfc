/**
 * The live feed: one WebSocket that survives sleep, restarts and bad networks. It remembers the number of the last
 * event it has seen and asks to go on from there; when the gateway no longer knows that number, it asks for the lists
 * anew. Pure but for what it is given, so that its tests need no network and no clock.
 */

const FIRST_WAIT = 500;
const LONGEST_WAIT = 15_000;
/** The gateway pings every 20 s: twice that without a word means that the line is dead. */
const SILENCE = 45_000;
const BAD_CREDENTIAL = 4401;

/**
 * @param {object} env
 * @param {() => WebSocket} env.open opens the socket
 * @param {() => string | null} env.key the session key
 * @param {(ms: number, fn: () => void) => () => void} env.later a timer; its answer cancels
 * @param {() => number} env.now milliseconds since 1970
 * @param {() => number} [env.random] 0 … 1, spreads the tabs of many people after a restart
 * @param {() => Promise<void>} env.reload fetches the lists anew; events that come meanwhile are held back
 * @param {(message: object) => void} env.onEvent an event with its `strand` and `source`
 * @param {(state: { kind: "connecting" | "live" } | { kind: "offline", since: number, retryAt: number }) => void} env.onState
 * @param {() => void} env.onSignedOut the gateway refused the credential
 * @returns {{ start(): void, retryNow(): void, stop(): void }}
 */
export function createFeed(env) {
  const random = env.random ?? Math.random;
  let socket = null;
  let stopped = true;
  /** Feed id and last event number, or null: nothing is known yet. */
  let position = null;
  let held = null;
  let failures = 0;
  let offlineSince = null;
  let cancelRetry = () => {};
  let cancelWatch = () => {};

  function connect() {
    cancelRetry();
    if (stopped) return;
    if (offlineSince === null) env.onState({ kind: "connecting" });
    const mine = env.open();
    socket = mine;
    mine.onopen = () => mine.send(JSON.stringify({ type: "hello", key: env.key(), ...(position ? { feed: position.feed, after: position.seq } : {}) }));
    mine.onmessage = (message) => {
      if (socket === mine) receive(message.data);
    };
    mine.onclose = (event) => {
      if (socket === mine) lost(event.code);
    };
    watch();
  }

  /** Closes a line that has gone silent; a laptop that slept often has such a one. */
  function watch() {
    cancelWatch();
    cancelWatch = env.later(SILENCE, () => {
      const silent = socket;
      lost(0);
      silent?.close();
    });
  }

  function receive(data) {
    watch();
    let message;
    try {
      message = JSON.parse(data);
    } catch {
      return;
    }
    switch (message?.type) {
      case "hello":
        if (position === null) void reload({ feed: message.feed, seq: message.last });
        else if (position.feed === message.feed) live();
        else position = { feed: message.feed, seq: message.last };
        return;
      case "resync":
        void reload({ feed: position?.feed, seq: message.last });
        return;
      case "ping":
        socket.send('{"type":"pong"}');
        return;
      case "event":
        if (held) held.push(message);
        else take(message);
    }
  }

  function take(message) {
    const seq = message.event?.seq;
    if (position && seq <= position.seq) return;
    if (position && typeof seq === "number") position.seq = seq;
    env.onEvent(message);
  }

  async function reload(next) {
    position = next;
    const queue = [];
    held = queue;
    try {
      await env.reload();
    } catch {
      // Without the lists the position means nothing: begin again from the start.
      if (held === queue) {
        position = null;
        const failed = socket;
        lost(0);
        failed?.close();
      }
      return;
    }
    if (held !== queue) return;
    held = null;
    for (const message of queue) take(message);
    live();
  }

  function live() {
    failures = 0;
    offlineSince = null;
    env.onState({ kind: "live" });
  }

  function lost(code) {
    socket = null;
    // A reload that was under way is void; its position must not be trusted either.
    if (held) position = null;
    held = null;
    cancelWatch();
    if (stopped) return;
    if (code === BAD_CREDENTIAL) {
      stopped = true;
      env.onSignedOut();
      return;
    }
    const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** failures) * (0.75 + random() / 2);
    failures = Math.min(failures + 1, 10);
    offlineSince ??= env.now();
    env.onState({ kind: "offline", since: offlineSince, retryAt: env.now() + wait });
    cancelRetry = env.later(wait, connect);
  }

  return {
    start() {
      stopped = false;
      connect();
    },
    /** Tries at once, when the browser says that the network is back or a person asks. */
    retryNow() {
      if (!stopped && socket === null) connect();
    },
    stop() {
      stopped = true;
      cancelRetry();
      cancelWatch();
      const last = socket;
      socket = null;
      last?.close();
    },
  };
}
