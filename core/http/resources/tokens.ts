import * as z from "zod";
import { token as shownToken } from "../accessSchemas.ts";
import { roles } from "../guards/roles.ts";
import { route, type RouteSpec } from "../route.ts";
import * as schemas from "../schemas.ts";
import type { Tokens } from "../tokens.ts";
import { tokenView } from "../views/access.ts";
import type { ResourceTools } from "./shared.ts";

/** Names under which the audit log tells of the home's token, of browsers and of webhooks: a token is not to be taken for them. */
const TAKEN: ReadonlySet<string> = new Set(["token", "page", "webhook"]);

/** Letters, signs and single spaces between them; nothing that leaves no ink, such as joiners, fillers and the empty Braille pattern. */
const SEEN = /^[^\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u2800]+(?: [^\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u2800]+)*$/u;
/** A word in Latin, Cyrillic or Greek letters has no others, of which some look like them; Chinese, Japanese and Korean ones do not. */
const apart = String.raw`\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Common}\p{Script=Inherited}`;
const ALPHABETS = [String.raw`\p{Script=Latin}`, String.raw`\p{Script=Cyrillic}`, String.raw`\p{Script=Greek}`];
const UNMIXED = new RegExp(`^(?:${[...ALPHABETS.map((letters) => `[${letters}${apart}]*`), `[^${ALPHABETS.join("")}]*`].join("|")})$`, "u");

const name = z
  .string()
  // First of all: to put a hundred thousand accents in order takes ten seconds.
  .max(1_000, { abort: true })
  .normalize("NFKC")
  .trim()
  .min(1)
  .max(100)
  .regex(SEEN, "has what cannot be seen")
  .refine((text) => text.split(" ").every((word) => UNMIXED.test(word)), "mixes letters that look alike")
  .refine((text) => !TAKEN.has(text.toLowerCase()), "is what Loom itself calls others by")
  .describe("Whose it is; kept with what it changes");

const wanted = z.strictObject({
  name,
  role: z.enum(roles).default("viewer"),
  scope: z.array(z.string().min(1).max(1_100)).min(1).max(50).nullable().default(null).describe("Addresses that it is for, with all below them: strands/nightly, /metrics; null: everything"),
  expiresAt: z.iso.datetime().nullable().default(null),
});

/** Credentials of programs. */
export function tokenRoutes({ tokens }: ResourceTools & { readonly tokens: Tokens }): RouteSpec[] {
  return [
    route({
      method: "GET",
      path: "/api/loom/tokens",
      summary: "Every token, also those that are over, oldest first",
      access: "admin",
      query: schemas.pageQuery,
      answer: { status: 200, schema: schemas.page(shownToken) },
      handle: async ({ query: { limit, cursor } }) => {
        const { items, next } = await tokens.list({ limit, cursor: cursor ?? null });
        return { body: { items: items.map(tokenView), next } };
      },
    }),
    route({
      method: "POST",
      path: "/api/loom/tokens",
      summary: "Makes a token, and shows its secret this once",
      access: "admin",
      body: wanted,
      answer: { status: 201, schema: z.object({ token: shownToken, secret: z.string() }) },
      handle: async ({ body, caller }) => {
        const expiresAt = body.expiresAt === null ? null : Date.parse(body.expiresAt);
        const { token, secret } = await tokens.make({ ...body, expiresAt }, caller);
        return { body: { token: tokenView(token), secret } };
      },
    }),
    route({
      method: "DELETE",
      path: "/api/loom/tokens/:id",
      summary: "Revokes a token and those that it made: their sessions and feeds end at once",
      access: "admin",
      answer: { status: 204, schema: null },
      handle: async ({ params, caller }) => {
        await tokens.revoke(params["id"]!, caller.name);
        return {};
      },
    }),
  ];
}
