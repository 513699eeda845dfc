import { catalogue, type ErrorKind, type Retry } from "./catalogue.ts";

const RETRY: Readonly<Record<Retry, string>> = { never: "no", backoff: "later", operator: "once mended" };

/** `docs/errors.md`: every code of the catalogue. */
export function errorPage(): string {
  const rows = Object.entries<ErrorKind>(catalogue).map(([code, { status, retry, help }]) => `| \`${code}\` | ${status} | ${RETRY[retry]} | ${help} |`);
  return `# Errors

Every error that Loom shows has a stable code. The API answers with \`application/problem+json\`, whose \`code\` it is; the
command line prints it before the message. The table is written from \`core/errors/catalogue.ts\` by
\`npm exec -- node config/generate.ts\`.

| Code | HTTP status | Try again | What to do |
|---|---|---|---|
${rows.join("\n")}
`;
}
