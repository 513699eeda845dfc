import type { SignInCode } from "./session.ts";

export interface SignInLink {
  readonly url: string;
  /** The same through the proxy; null: there is none. */
  readonly proxied: string | null;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/**
 * The code is in the fragment: a browser keeps that to itself, so it is in no request line and no log.
 * @param address the origin of the page on this machine
 * @param proxy the origin of the proxy
 */
export function signInLink(address: string, proxy: string | null, { code, expiresAt }: SignInCode): SignInLink {
  const at = (origin: string): string => `${origin}/#sign-in=${code}`;
  return { url: at(address), proxied: proxy === null ? null : at(proxy), expiresAt };
}
