/** What lets Loom into a gateway; null where the gateway asks for nothing. */
export type Credentials = { readonly token: string } | { readonly password: string } | null;

/** The credentials that were given, a token before a password. */
export function credentialsFrom(token: string | undefined, password: string | undefined): Credentials {
  if (token !== undefined) return { token };
  return password === undefined ? null : { password };
}

/** Words of a gateway with its secret taken out. */
export function withoutSecret(words: string, credentials: Credentials): string {
  const secret = credentials === null ? "" : "token" in credentials ? credentials.token : credentials.password;
  return secret === "" ? words : words.replaceAll(secret, "…");
}
