import { expect, it } from "vitest";
import { openDoor } from "../../test/support/door.ts";
import type { Caller } from "./services.ts";
import { Sessions } from "./session.ts";
import { Tokens } from "./tokens.ts";

it("makes no token with a higher role than its maker's, whoever may ask", async () => {
  await using door = await openDoor();
  const tokens = new Tokens(door.store.tokens, new Sessions(door.store.sessions, door.clock, () => ""), door.clock);
  const operator: Caller = { name: "ann", via: "token", role: "operator", scope: null, sessionId: null, tokenId: null, expiresAt: null };
  const wanted = { name: "x", scope: null, expiresAt: null };
  await expect(tokens.make({ ...wanted, role: "admin" }, operator)).rejects.toMatchObject({ code: "FORBIDDEN" });
  expect((await tokens.make({ ...wanted, role: "operator" }, operator)).token.role).toBe("operator");
});
