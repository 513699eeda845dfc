/**
 * What every answer carries, so that a browser runs nothing in the page but the page's own files and shows it to no
 * other site. There are no CORS headers: no other origin may read anything.
 *
 * @param origin scheme, name and port of the page that was asked for, once checked; null while they are not
 */
export function safeHeaders(origin: string | null): Readonly<Record<string, string>> {
  // Some browsers do not count a WebSocket to the same host as 'self'.
  const socket = origin === null ? "" : ` ${origin.replace(/^http/, "ws")}`;
  return {
    "Content-Security-Policy":
      `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'${socket}; ` +
      "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
  };
}
