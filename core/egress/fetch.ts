import { lookup, type LookupAddress, type LookupAllOptions } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import { isLoomError, LoomError } from "../errors/loomError.ts";
import { withoutBrotli } from "./brotli.ts";
import type { Destination, EgressRule } from "./rule.ts";

/** As `lookup` of node:dns. */
type Resolve = (host: string, options: LookupAllOptions, done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void) => void;
type Connector = (options: { readonly hostname: string; readonly port: string; readonly protocol: string }, done: (error: Error | null, socket: null) => void) => void;

/**
 * The platform's `fetch`, but that it connects only where the rule allows. Each connection is judged when it is made, by the
 * address that it is made to: neither a redirect nor a name that resolves to something else the next time leads past it.
 * It reads no Brotli (`brotli.ts`). Rejects with LoomError EGRESS_REFUSED.
 * @param resolve finds the addresses of a name
 */
export function ruledFetch(rule: EgressRule, resolve: Resolve = lookup): typeof fetch {
  let dispatcher: Promise<object> | undefined;
  return async (target, init) => {
    try {
      return await fetch(target, { ...init, dispatcher: await (dispatcher ??= agentOf(rule, resolve)) } as RequestInit);
    } catch (error) {
      throw refusalIn(error) ?? error;
    }
  };
}

async function agentOf(rule: EgressRule, resolve: Resolve): Promise<object> {
  const { Agent, buildConnector, DecoratorHandler } = await undici();
  const connect: Connector = (options, done) => {
    const { hostname, protocol } = options;
    const port = Number(options.port) || (protocol === "https:" ? 443 : 80);
    // An address is not looked up.
    const to = { host: hostname, address: hostname, port };
    if (isIP(hostname) !== 0 && !rule(to)) return done(refusal([to]), null);
    buildConnector({ lookup: ruledLookup(rule, resolve, port) })(options as never, done as never);
  };
  return new Agent({ connect: connect as never }).compose(withoutBrotli(DecoratorHandler as never) as never);
}

/**
 * What `fetch` itself is made of. Loaded late, since most steps fetch nothing, and by its files: the whole package would take
 * 15 MB more in each thread.
 */
async function undici(): Promise<Pick<typeof import("undici"), "Agent" | "buildConnector"> & { readonly DecoratorHandler: unknown }> {
  // @ts-expect-error -- its types are those of the whole package
  const agent = import("undici/lib/dispatcher/agent.js");
  // @ts-expect-error -- the same
  const connect = import("undici/lib/core/connect.js");
  // @ts-expect-error -- the same
  const decorator = import("undici/lib/handler/decorator-handler.js");
  return { Agent: (await agent).default, buildConnector: (await connect).default, DecoratorHandler: (await decorator).default };
}

/** Resolves a name to those of its addresses that the rule allows. */
function ruledLookup(rule: EgressRule, resolve: Resolve, port: number): LookupFunction {
  return (host, options, done) => {
    resolve(host, { ...options, all: true }, (error, addresses) => {
      if (error) return done(error, "");
      const found = addresses.map(({ address }) => ({ host, address, port }));
      const allowed = addresses.filter((_, i) => rule(found[i]!));
      if (allowed.length === 0) return done(refusal(found), "");
      if (options.all) return done(null, allowed);
      const [first] = allowed as [LookupAddress, ...LookupAddress[]];
      done(null, first.address, first.family);
    });
  };
}

function refusal(found: readonly Destination[]): LoomError {
  const { host, port } = found[0]!;
  const [addresses, entry] = [found.map(({ address }) => address).join(", "), `${host.includes(":") ? `[${host}]` : host}:${port}`];
  const where = isIP(host) === 0 ? `${host} is ${addresses}, which is` : `${addresses} is`;
  return new LoomError("EGRESS_REFUSED", `EGRESS_REFUSED: ${where} no public address. If requests may go there, add "${entry}" to egress.allow in config.json.`);
}

/** `fetch` wraps what its connection failed with. */
function refusalIn(error: unknown): LoomError | null {
  const cause = error instanceof Error ? error.cause : null;
  return isLoomError(cause) ? cause : null;
}
