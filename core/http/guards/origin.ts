import type { IncomingMessage } from "node:http";
import { LoomError } from "../../errors/loomError.ts";

/** Where nothing but a script of our own page, or a program, has any business. */
const NOT_FOR_TAGS = /^\/(api|plugins|hooks|ws|metrics|openapi\.json|healthz|readyz)(\/|$)/;

/**
 * Refuses what another site made the browser send. A program that is no browser sends neither header and passes: it
 * has to show a credential.
 *
 * @param own scheme, name and port of Loom's own page
 * @throws LoomError ORIGIN_NOT_ALLOWED
 */
export function checkOrigin(request: IncomingMessage, own: string): void {
  const path = request.url?.split("?", 1)[0] ?? "";
  if (opensThePage(request, path)) return;
  checkOriginHeader(request, own);
  const site = only(request, "sec-fetch-site");
  const mode = only(request, "sec-fetch-mode");
  if (site !== null && site !== "same-origin" && site !== "none") refuse("another site made this request");
  if (mode === "no-cors" && (NOT_FOR_TAGS.test(path) || !reads(request))) refuse("it was made by a tag or a form, not by a script of Loom's page");
}

/** A link in a mail may open the page itself: a navigation shows it to the person, and tells the other site nothing. */
function opensThePage(request: IncomingMessage, path: string): boolean {
  return (
    path === "/" &&
    reads(request) &&
    only(request, "origin") === null &&
    only(request, "sec-fetch-mode") === "navigate" &&
    only(request, "sec-fetch-dest") === "document"
  );
}

/** The scheme, name and port that the browser sends; `null` stands for a sandbox or a file, and is nobody. */
function checkOriginHeader(request: IncomingMessage, own: string): void {
  const origin = only(request, "origin");
  if (origin !== null && origin !== own) refuse(`it comes from ${origin.slice(0, 100)}`);
}

function only(request: IncomingMessage, name: string): string | null {
  const values = request.headersDistinct[name];
  if (values && values.length > 1) refuse(`it has more than one ${name} header`);
  return values?.[0] ?? null;
}

function reads(request: IncomingMessage): boolean {
  return request.method === "GET" || request.method === "HEAD";
}

function refuse(why: string): never {
  throw new LoomError("ORIGIN_NOT_ALLOWED", `Refused: ${why}.`);
}
