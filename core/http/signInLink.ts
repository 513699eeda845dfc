import type { SignInCode } from "./session.ts";

export interface SignInLink {
  readonly url: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** The code is in the fragment: a browser keeps that to itself, so it is in no request line and no log. */
export function signInLink(address: string, { code, expiresAt }: SignInCode): SignInLink {
  return { url: `${address}/#sign-in=${code}`, expiresAt };
}
