import { hostname } from "node:os";
import * as z from "zod";
import type { Clock } from "../clock/clock.ts";
import { LoomError } from "../errors/loomError.ts";
import { newId } from "../ids/uuid.ts";
import { createOnce } from "./createOnce.ts";
import type { Home } from "./home.ts";

const nodeSchema = z.object({ id: z.uuid(), name: z.string().trim().min(1).max(253) });

/** Who this machine is among Loom's nodes. The id never changes; the name may be edited by hand. */
export type NodeIdentity = Readonly<z.output<typeof nodeSchema>>;

/**
 * Reads `node.json`, made at first use with a new id and the host's name.
 * @throws LoomError CONFIG_INVALID when somebody has broken it: a new id would orphan every row of this node
 */
export async function openNode(home: Home, clock: Clock): Promise<NodeIdentity> {
  const text = await createOnce(home.file("node.json"), () => `${JSON.stringify({ id: newId(clock), name: hostname() }, null, 2)}\n`);
  const parsed = nodeSchema.safeParse(readJson(text));
  if (parsed.success) return Object.freeze(parsed.data);
  throw new LoomError("CONFIG_INVALID", "node.json does not tell this node's id and name.", {
    problems: parsed.error.issues.map((issue) => ({ path: ["node.json", ...issue.path].join("."), message: issue.message })),
    help: "Restore node.json from a backup: its id names this node in every row of the database.",
  });
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
