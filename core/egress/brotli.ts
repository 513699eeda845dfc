type Dispatch = (options: { readonly headers?: unknown }, handler: object) => boolean;
interface Handler {
  onResponseStart(controller: unknown, status: number, headers: Readonly<Record<string, unknown>>, statusMessage?: string): unknown;
}

/**
 * Makes connections ask for no Brotli, and lets an answer fail that is in it all the same: `fetch` would decode it with what Node
 * has for that, into which an answer can write past its end before Node 24.22.1 and 26.12.1 (CVE-2026-111497).
 * @param Decorator undici's `DecoratorHandler`
 */
export function withoutBrotli(Decorator: new (handler: object) => Handler): (dispatch: Dispatch) => Dispatch {
  class Refusing extends Decorator {
    override onResponseStart(...answer: Parameters<Handler["onResponseStart"]>): unknown {
      if (namesBrotli(answer[2]["content-encoding"])) throw new Error("The answer is compressed with Brotli, which was not asked for and is not read.");
      return super.onResponseStart(...answer);
    }
  }
  return (dispatch) => (options, handler) => dispatch({ ...options, headers: unasked(options.headers) }, new Refusing(handler));
}

function namesBrotli(encodings: unknown): boolean {
  return /\bbr\b/i.test(String(encodings ?? ""));
}

/** The headers of a request, without Brotli among what is accepted. */
function unasked(headers: unknown): unknown {
  return Object.fromEntries(Object.entries(headers as Record<string, unknown>).map(([name, value]) => [name, name.toLowerCase() === "accept-encoding" ? accepted(String(value)) : value]));
}

function accepted(encodings: string): string {
  return encodings
    .split(",")
    .filter((one) => !namesBrotli(one))
    .join() || "identity";
}
