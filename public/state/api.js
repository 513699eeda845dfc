import { readKey } from "./key.js";

/** A refusal by the gateway, in its own words. */
class ApiProblem extends Error {
  /** @param problem the answer's body (problem+json), or what stands for one when the gateway was not reached */
  constructor(problem) {
    super(String(problem?.detail || problem?.title || "Something went wrong."));
    this.name = "ApiProblem";
    this.status = Number(problem?.status ?? 0);
    this.code = String(problem?.code ?? "");
    this.help = String(problem?.help ?? "");
    /** What exactly is wrong with what was sent: `{ path, message }` of each. */
    this.problems = Array.isArray(problem?.problems) ? problem.problems : [];
    /** How long to wait before asking again, where the gateway tells; milliseconds. */
    this.retryAfterMs = Number.isFinite(problem?.retryAfterMs) ? problem.retryAfterMs : null;
  }
}

/**
 * Asks the gateway.
 * @param path below `/api/loom`
 * @returns the answer's JSON, or null for an empty one
 * @throws ApiProblem
 */
async function request(method, path, body, more) {
  const response = await ask(method, path, body, more);
  return response.json().catch(() => null);
}

/** What the gateway answers as a file. @throws ApiProblem */
export async function getBlob(path) {
  return (await ask("GET", path)).blob();
}

async function ask(method, path, body, more = {}) {
  const headers = { accept: "application/json, text/plain", ...more };
  const key = readKey();
  if (key) headers["x-loom-key"] = key;
  const init = { method, headers, cache: "no-store", credentials: "same-origin" };
  if (body !== undefined) {
    headers["content-type"] = "application/json";
    init.body = JSON.stringify(body);
  }
  let response;
  try {
    response = await fetch(`/api/loom${path}`, init);
  } catch {
    throw new ApiProblem({ detail: "The gateway does not answer.", help: "Is it running? Start it with `loom start`." });
  }
  if (response.ok) return response;
  const answer = await response.json().catch(() => null);
  throw new ApiProblem(answer ?? { status: response.status, detail: `The gateway answered ${response.status}.` });
}

export const get = (path) => request("GET", path);
/** @param more headers beside the usual ones */
export const post = (path, body, more) => request("POST", path, body, more);
export const remove = (path) => request("DELETE", path);

/**
 * A list, page after page.
 * @param path may have a query of its own
 * @yields {{ items: object[], asOf: { feed: string, seq: number } }} a page, and the event that it is as new as
 */
export async function* pages(path, limit = 1000) {
  let cursor = null;
  do {
    const response = await ask("GET", `${path}${path.includes("?") ? "&" : "?"}limit=${limit}${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`);
    const [feed, seq] = String(response.headers.get("loom-as-of")).split("/");
    const page = await response.json().catch(() => null);
    yield { items: page?.items ?? [], asOf: { feed, seq: Number(seq) } };
    cursor = page?.next ?? null;
  } while (cursor);
}

/** Every item of a list. */
export async function all(path) {
  return (await whole(path)).items;
}

/** Every item of a list, and the event that the oldest of its pages is as new as. */
async function whole(path) {
  const all = { items: [], asOf: null };
  for await (const { items, asOf } of pages(path)) {
    all.items.push(...items);
    all.asOf ??= asOf;
  }
  return all;
}

/** The path of a strand; ids hold colons and whatever a scheduler allows. */
export const strandPath = (id) => `/strands/${encodeURIComponent(id)}`;
/** The path of a run. */
export const runPath = (id) => `/runs/${encodeURIComponent(id)}`;
/** The path of what a step of it printed. */
export const outputPath = (runId, step) => `${runPath(runId)}/steps/${encodeURIComponent(step)}/output`;

/**
 * The lists that make the page, fetched side by side; the strands without their newest runs, which are most of them and
 * follow when the strands are drawn. `asOf` is where the feed goes on.
 */
export async function fetchLists() {
  const lists = await Promise.all(["/strands?without=recent", "/sources", "/nodes", "/plugins", "/commands?status=asked,sent"].map(whole));
  const [strands, sources, nodes, plugins, commands] = lists.map(({ items }) => items);
  const asOf = lists.map(({ asOf }) => asOf).reduce((oldest, one) => (one.seq < oldest.seq ? one : oldest));
  return { strands, sources, nodes, plugins, commands, asOf };
}
