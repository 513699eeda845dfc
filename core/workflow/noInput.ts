import type { StandardSchema } from "../plugin/standardSchema.ts";

/**
 * What a schema makes of no input at all: of nothing, or else of an empty object; null: it refuses both. Asks both at once, so that one
 * that answers at once is through when this returns.
 */
export async function withoutInput(schema: StandardSchema): Promise<{ readonly value: unknown } | null> {
  const asked = [undefined, {}].map(async (value) => schema["~standard"].validate(value));
  for (const answer of await Promise.allSettled(asked)) if (answer.status === "fulfilled" && !answer.value.issues) return answer.value;
  return null;
}
