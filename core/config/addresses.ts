/** This machine's own addresses to listen on: no proxy is needed there. */
export const LOOPBACK: readonly string[] = ["127.0.0.1", "::1"];

/** Whether a text is the scheme, name and port of a page that TLS protects, and nothing more. */
export function isHttpsOrigin(text: string): boolean {
  return text.startsWith("https://") && URL.canParse(text) && new URL(text).origin === text;
}
