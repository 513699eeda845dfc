import { computed, effect, signal } from "../vendor/preact.js";
import { get, post } from "./api.js";
import { later, wall } from "./clock.js";
import { createFeed } from "./feed.js";
import { concernsFiles, readFiles } from "./files.js";
import { takeFirstLists } from "./firstLists.js";
import { inBatches } from "./inBatches.js";
import { keepKey, readKey } from "./key.js";
import { sayNews } from "./news.js";
import { concernsPauses, readPauses } from "./pauses.js";
import { readRecentRuns } from "./recentRuns.js";
import { readRole } from "./role.js";
import { rereading } from "./turns.js";
import { session, signedOut, signInProblem, takeSignInCode } from "./session.js";
import { phase, strandOf, takeEvents, takeLists, takePlugins } from "./store.js";
import { openStrand } from "./view.js";
import { beginNews, takeNews, watched } from "./watch.js";
import { clip } from "../ui/format.js";
import { tell } from "../ui/toast.js";

/** How the line to the gateway stands: `connecting`, `live`, or `offline` since when and until when. */
export const connection = signal({ kind: "connecting" });
/** Whether the line stands; what was read while it did not is read again when this turns. */
export const live = computed(() => connection.value.kind === "live");
/** What keeps the gateway from storing what happens: `{ code, message, help, since }`, or null. */
export const storeTrouble = signal(null);
/** Why the lists could not be fetched, or null. */
export const loadProblem = signal(null);

let feed = null;
const events = inBatches(follow, { later, now: wall });

/** Signs in (with the code of a sign-in link, where the address has one) and follows the gateway from then on. */
export async function connect() {
  const code = takeSignInCode();
  if (code !== null && !(await signIn(code))) return;
  if (!readKey()) return signedOut();
  session.value = "in";
  feed = createFeed({
    open: () => new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws/loom`),
    key: readKey,
    later,
    now: wall,
    readLists,
    takeLists: show,
    onEvent: events.push,
    onNews: takeNews,
    onWatching: beginNews,
    onStore: ({ trouble }) => (storeTrouble.value = trouble),
    onState: (state) => {
      connection.value = state;
    },
    onSignedOut: signedOut,
  });
  feed.start();
  effect(() => feed.watch(watched.value));
  addEventListener("online", () => feed.retryNow());
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) feed.retryNow();
  });
}

/** Tries the gateway again at once. */
export function retry() {
  feed?.retryNow();
}

async function signIn(code) {
  try {
    const answer = await post("/session", { code });
    keepKey(String(answer.key));
    return true;
  } catch (problem) {
    // An old link in a browser that is signed in already does no harm.
    if (readKey()) return true;
    signInProblem.value = problem;
    signedOut();
    return false;
  }
}

async function readLists() {
  try {
    return await takeFirstLists();
  } catch (problem) {
    if (problem.status === 401) {
      feed.stop();
      signedOut();
    } else if (phase.peek() === "loading") {
      loadProblem.value = problem;
    }
    throw problem;
  }
}

function show(lists) {
  // They are newer than what came before them.
  events.flush();
  takeLists(lists);
  loadProblem.value = null;
  void readRole();
  void readRecentRuns();
  void readFiles();
  void readPauses();
}

function follow(messages) {
  takeEvents(messages);
  for (const { event } of messages) tellOf(event ?? {});
}

/** What else an event makes happen, beside what it changed. */
function tellOf(event) {
  sayNews(event);
  if (event.type === "plugin.changed") void refreshPlugins();
  if (concernsFiles(event, strandOf(String(event.strandId)).peek())) void readFiles();
  if (concernsPauses(event)) void readPauses();
  // The open panel tells of its own strand's commands by itself.
  if (event.strandId === openStrand.peek()) return;
  const name = clip(strandOf(String(event.strandId)).peek()?.name ?? "", 40);
  if (event.type === "command.refused") tell("failed", `${name}: refused by its owner`, String(event.data?.reason ?? ""));
  if (event.type === "command.unknown") tell("missed", `${name}: no answer from its owner`, String(event.data?.reason ?? ""));
}

/** Many plugin events in a row ask once more, not many times. */
const refreshPlugins = rereading(async () => takePlugins((await get("/plugins"))?.items ?? []));
