import * as z from "zod";
import { isLoomError, LoomError } from "../../errors/loomError.ts";
import { cookieName } from "../guards/auth.ts";
import type { Guesses } from "../guards/guesses.ts";
import { checkPage } from "../guards/host.ts";
import { atLeast, roles } from "../guards/roles.ts";
import { route, type RouteSpec } from "../route.ts";
import { time } from "../schemas.ts";
import type { Guest, Sessions } from "../session.ts";
import type { SignInLink } from "../signInLink.ts";
import { iso, isoOrNull } from "../views/times.ts";
import type { ResourceTools } from "./shared.ts";

export interface SessionTools extends ResourceTools {
  readonly sessions: Sessions;
  readonly guesses: Guesses;
  newLink(guest: Guest): SignInLink;
  port(): number;
}

/** Signing browsers in and out. */
export function sessionRoutes({ clock, sessions, guesses, newLink, port }: SessionTools): RouteSpec[] {
  const cookie = (value: string, maxAgeMs: number, origin: string): string =>
    `${cookieName(port())}=${value}; HttpOnly; SameSite=Strict; Path=/; Max-Age=${Math.floor(maxAgeMs / 1000)}${origin.startsWith("https:") ? "; Secure" : ""}`;

  return [
    route({
      method: "POST",
      path: "/api/loom/sign-in-links",
      summary: "A link that signs one browser in, once, within ten minutes",
      access: "admin",
      bearerOnly: true,
      body: z.strictObject({ role: z.enum(roles).optional().describe("What the browser may do; default: all that the token may") }).optional(),
      answer: { status: 200, schema: z.object({ url: z.string(), proxied: z.string().nullable().describe("The same link through the proxy"), expiresAt: time }) },
      handle: ({ caller, body }) => {
        const role = body?.role ?? caller.role;
        if (!atLeast(caller.role, role) || caller.scope !== null) throw new LoomError("FORBIDDEN", "A link can let nobody do more than the token that makes it.");
        const { url, proxied, expiresAt } = newLink({ role, tokenId: caller.tokenId, until: caller.expiresAt });
        return { body: { url, proxied, expiresAt: iso(expiresAt) } };
      },
    }),
    route({
      method: "POST",
      path: "/api/loom/session",
      summary: "Signs in with the code of a link: sets one half of the session as a cookie and answers the other",
      access: "open",
      body: z.strictObject({ code: z.string().min(1).max(200) }),
      answer: { status: 200, schema: z.object({ key: z.string(), name: z.string(), expiresAt: time }) },
      handle: async ({ body, proved, ...way }) => {
        checkPage(way);
        try {
          const session = await sessions.signIn(body.code, proved);
          const { key, name, expiresAt } = session;
          return { body: { key, name, expiresAt: iso(expiresAt) }, headers: { "Set-Cookie": cookie(session.cookie, expiresAt - clock.now(), way.origin) } };
        } catch (error) {
          throw isLoomError(error) && error.code === "SIGN_IN_EXPIRED" ? guesses.wrong(way.peer, error) : error;
        }
      },
    }),
    route({
      method: "GET",
      path: "/api/loom/session",
      summary: "Who the credential belongs to",
      access: "viewer",
      answer: { status: 200, schema: z.object({ name: z.string(), via: z.enum(["token", "session"]), role: z.enum(roles), expiresAt: time.nullable() }) },
      handle: ({ caller: { name, via, role, expiresAt } }) => ({ body: { name, via, role, expiresAt: isoOrNull(expiresAt) } }),
    }),
    route({
      method: "DELETE",
      path: "/api/loom/session",
      summary: "Signs this browser out",
      access: "viewer",
      ofSession: true,
      answer: { status: 204, schema: null },
      handle: async ({ caller, origin }) => {
        if (caller.sessionId !== null) await sessions.signOut(caller.sessionId);
        return { headers: { "Set-Cookie": cookie("", 0, origin) } };
      },
    }),
  ];
}
