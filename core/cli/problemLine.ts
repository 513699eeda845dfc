import { printable } from "./text.ts";

/** A problem on one line: where it is, what is wrong, how to mend it. */
export function problemLine({ path, message, mend }: { readonly path: string; readonly message: string; readonly mend?: string | null }): string {
  const said = /[.!?…]$/.test(message) || !mend ? message : `${message}.`;
  return printable(`${path}: ${mend ? `${said} ${mend}` : said}`);
}
