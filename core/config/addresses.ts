import { isIP } from "node:net";

/** This machine's own addresses to listen on: no proxy is needed there. */
export const LOOPBACK: readonly string[] = ["127.0.0.1", "::1"];

/** Whether a text is an address, or a range of them such as `10.0.0.0/8`. */
export function isAddressOrRange(text: string): boolean {
  const [network = "", prefix, ...rest] = text.split("/");
  const family = isIP(network);
  if (family === 0 || rest.length > 0 || network.includes("%")) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128));
}

/** Whether a text is the scheme, name and port of a page that TLS protects, and nothing more. */
export function isHttpsOrigin(text: string): boolean {
  return text.startsWith("https://") && URL.canParse(text) && new URL(text).origin === text;
}
