/**
 * The live feed: one WebSocket that survives sleep, restarts and bad networks. It remembers the number of the last
 * event it has seen and asks to go on from there; at first, and when the gateway no longer knows that number, it reads
 * the lists and goes on from where they were read. Pure but for what it is given, so that its tests need no network and no
 * clock.
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
 * @param {() => Promise<{ asOf: { feed: string, seq: number } }>} env.readLists reads the lists, and the event that they are as new as
 * @param {(lists: object) => void} env.takeLists takes them in; not called for lists that came too late
 * @param {(message: object) => void} env.onEvent an event with its `strand` and `source`
 * @param {(news: object) => void} [env.onNews] what happens in the run that is watched
 * @param {(runId: string) => void} [env.onWatching] from now on the news of this run come: what was before is read now
 * @param {(store: { ok: boolean, trouble: object | null }) => void} [env.onStore] whether what happens can be stored
 * @param {(state: { kind: "connecting" | "live" } | { kind: "offline", since: number, retryAt: number }) => void} env.onState
 * @param {() => void} env.onSignedOut the gateway refused the credential
 * @returns {{ start(): void, retryNow(): void, watch(runId: string | null): void, stop(): void }}
 */
export function createFeed(env) {
  const random = env.random ?? Math.random;
  let stopped = true;
  /** The line that is up or being made: `{ socket }`. What comes of an earlier one is void. */
  let line = null;
  /** Feed id and last event number, or null: nothing is known yet. */
  let position = null;
  /** Events that came while the lists were read, or null. */
  let held = null;
  let failures = 0;
  let offlineSince = null;
  let cancelRetry = () => {};
  let cancelWatch = () => {};
  /** The run that somebody looks at, or null. */
  let watched = null;

  async function connect() {
    cancelRetry();
    if (stopped) return;
    if (offlineSince === null) env.onState({ kind: "connecting" });
    const mine = (line = { socket: null });
    watch();
    if (position === null && !(await readLists(mine))) return;
    const socket = (mine.socket = env.open());
    socket.onopen = () => socket.send(JSON.stringify({ type: "hello", key: env.key(), feed: position.feed, after: position.seq }));
    socket.onmessage = (message) => {
      if (line === mine) receive(message.data);
    };
    socket.onclose = (event) => {
      if (line === mine) lost(event.code);
    };
    watch();
  }

  /** Answers whether the lists are in, and this line still wanted. */
  async function readLists(mine) {
    position = null;
    try {
      const lists = await env.readLists();
      if (line !== mine) return false;
      position = { ...lists.asOf };
      env.takeLists(lists);
    } catch {
      if (line === mine) lost(0);
    }
    return line === mine;
  }

  /** Closes a line that has gone silent; a laptop that slept often has such a one. */
  function watch() {
    cancelWatch();
    cancelWatch = env.later(SILENCE, () => lost(0));
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
        line.greeted = true;
        // It says after this if that is not so.
        env.onStore?.({ ok: true, trouble: null });
        if (watched !== null) tellWatched();
        // Of another feed than the one that is known: the gateway says so next.
        if (message.feed === position?.feed) live();
        return;
      case "resync":
        void readAnew();
        return;
      case "ping":
        line.socket.send('{"type":"pong"}');
        return;
      case "event":
        if (held) held.push(message);
        else take(message);
        return;
      case "watching":
        env.onWatching?.(message.runId);
        return;
      case "store":
        env.onStore?.(message.store);
        return;
      case "news":
        env.onNews?.(message.news);
    }
  }

  const tellWatched = () => line.socket.send(JSON.stringify({ watch: watched }));

  function take(message) {
    const seq = message.event?.seq;
    if (seq <= position.seq) return;
    if (typeof seq === "number") position.seq = seq;
    env.onEvent(message);
  }

  async function readAnew() {
    const queue = (held = []);
    if (!(await readLists(line)) || held !== queue) return;
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
    cut();
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

  /** Ends the line. Lists that are being read for it are void. */
  function cut() {
    const last = line;
    line = null;
    held = null;
    cancelWatch();
    last?.socket?.close();
  }

  return {
    start() {
      stopped = false;
      void connect();
    },
    /** Tries at once, when the browser says that the network is back or a person asks. */
    retryNow() {
      if (!stopped && line === null) void connect();
    },
    /** Has the gateway tell what happens in a run, over whatever line there is; null: in none. */
    watch(runId) {
      watched = runId;
      if (line?.greeted) tellWatched();
    },
    stop() {
      stopped = true;
      cancelRetry();
      cut();
    },
  };
}
