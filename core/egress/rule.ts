import { isIP } from "node:net";
import { addressRange, type AddressRange } from "../addressRange.ts";
import { isPublic, reached } from "./address.ts";

/** Where a connection is about to go. */
export interface Destination {
  /** As it was asked for: a name or an address, without brackets. */
  readonly host: string;
  /** To which the name was resolved. */
  readonly address: string;
  readonly port: number;
}

/** Whether a connection may be made. */
export type EgressRule = (to: Destination) => boolean;

/** An entry of `egress.allow`; `port` null: any. */
type Allowed = { readonly port: number | null } & ({ readonly name: string } | { readonly range: AddressRange });

const NAME = /^(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;

/**
 * Public addresses, and what is allowed besides: an address (`10.0.0.5`), a range (`192.168.1.0/24`) or a host's name, each
 * with a port or without one (`localhost:8080`, `[::1]:8080`).
 * @throws Error for an entry that is none of these
 */
export function egressRule(allow: readonly string[]): EgressRule {
  const entries = allow.map((text) => {
    const entry = parse(text);
    if (!entry) throw new Error(`"${text}" is no address, range or name of a host.`);
    return entry;
  });
  return ({ host, address, port }) => {
    const target = reached(address);
    const name = host.toLowerCase().replace(/\.$/, "");
    return isPublic(target) || entries.some((entry) => (entry.port ?? port) === port && ("name" in entry ? entry.name === name : entry.range.has(target)));
  };
}

/** Whether this can be an entry of `egress.allow`. */
export function isAllowable(text: string): boolean {
  return parse(text) !== null;
}

function parse(text: string): Allowed | null {
  // Colons belong to an IPv6 address unless it stands in brackets.
  const [, bracketed, plain, portText] = /^(?:\[(.+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = (bracketed ?? plain ?? text).toLowerCase();
  const port = portText === undefined ? null : Number(portText);
  if (port !== null && (port < 1 || port > 65_535)) return null;
  // An address alone may be written as one that carries it.
  const range = addressRange(isIP(host) !== 0 && !host.includes("%") ? reached(host) : host);
  if (range) return { port, range };
  return bracketed === undefined && NAME.test(host) ? { port, name: host } : null;
}
