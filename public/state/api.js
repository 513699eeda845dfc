import { readKey } from "./session.js";

/** A refusal by the gateway, in its own words. */
class ApiProblem extends Error {
  /** @param problem the answer's body (problem+json), or what stands for one when the gateway was not reached */
  constructor(problem) {
    super(String(problem?.detail || problem?.title || "Something went wrong."));
    this.name = "ApiProblem";
    this.status = Number(problem?.status ?? 0);
    this.code = String(problem?.code ?? "");
    this.help = String(problem?.help ?? "");
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
async function request(method, path, body) {
  const response = await ask(method, path, body);
  return response.json().catch(() => null);
}

/** What the gateway answers as a file. @throws ApiProblem */
export async function getBlob(path) {
  return (await ask("GET", path)).blob();
}

async function ask(method, path, body) {
  const headers = { accept: "application/json, text/plain" };
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
export const post = (path, body) => request("POST", path, body);
export const remove = (path) => request("DELETE", path);

/** Every item of a list, page after page. @param path may have a query of its own */
export async function all(path) {
  const items = [];
  let cursor = null;
  do {
    const page = await get(`${path}${path.includes("?") ? "&" : "?"}limit=1000${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`);
    items.push(...(page?.items ?? []));
    cursor = page?.next ?? null;
  } while (cursor);
  return items;
}

/** The path of a strand; ids hold colons and whatever a scheduler allows. */
export const strandPath = (id) => `/strands/${encodeURIComponent(id)}`;
/** The path of a run. */
export const runPath = (id) => `/runs/${encodeURIComponent(id)}`;

/** The lists that make the page, fetched side by side. */
export async function fetchLists() {
  const [strands, sources, nodes, plugins, commands] = await Promise.all([all("/strands"), all("/sources"), all("/nodes"), all("/plugins"), all("/commands?status=asked,sent")]);
  return { strands, sources, nodes, plugins, commands };
}
