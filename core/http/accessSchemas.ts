import * as z from "zod";
import { roles } from "./guards/roles.ts";
import { time } from "./schemas.ts";

export const token = z.object({
  id: z.string(),
  name: z.string(),
  role: z.enum(roles),
  scope: z.array(z.string()).nullable().describe("Addresses that it is for, with all below them; null: everything"),
  madeBy: z.string(),
  createdAt: time,
  expiresAt: time.nullable(),
  revokedAt: time.nullable(),
  revokedBy: z.string().nullable(),
});

export const auditEntry = z.object({
  id: z.string(),
  at: time,
  who: z.string().describe("Name of the credential"),
  tokenId: z.string().nullable().describe("The token that was shown, or by which its session was opened, since others may have its name; null: that of the home, or none"),
  role: z.enum(roles).nullable().describe("Null: who asked had no credential but showed a secret that starts one thing, such as a webhook's"),
  via: z.string(),
  peer: z.string().describe("Address that the request came from"),
  action: z.string(),
  target: z.string().nullable(),
  detail: z.unknown().describe("The short fields of what was sent, and the names of the others"),
  result: z.string().nullable().describe("`done` or the code of the refusal; null: the gateway ended before it knew"),
});

export type TokenView = z.infer<typeof token>;
export type AuditView = z.infer<typeof auditEntry>;
