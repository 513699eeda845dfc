import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as z from "zod";
import { openDoor, type Door } from "../../test/support/door.ts";

const page = readFileSync(new URL("../../docs/api.md", import.meta.url), "utf8");

let door: Door;
beforeAll(async () => {
  door = await openDoor();
});
afterAll(() => door[Symbol.asyncDispose]());

test("docs/api.md tells every address with all that its query may hold, and no other", () => {
  const told = [...page.matchAll(/^\| `(GET|POST|DELETE) ([^`?]+)(?:\?([^`]+))?`/gm)].map(([, method, path, query = ""]) => {
    const keys = query.split("&").map((key) => key.replace(/=.*/, ""));
    return address(method!, path!, keys.filter(Boolean));
  });
  const served = door.http.routes.map(({ method, path, query }) => address(method, path, Object.keys((query as z.ZodObject | undefined)?.shape ?? {})));
  expect(told.toSorted()).toEqual(served.toSorted());
});

test("it tells every key that a body may hold", () => {
  const rowOf = (start: string): string => page.split("\n").find((line) => line.startsWith(`| \`${start}\``)) ?? "";
  const untold = door.http.routes.flatMap(({ method, path, body }) => {
    const row = rowOf(`${method} ${path}`);
    return keysOf(body).filter((key) => !row.includes(`"${key}"`) && !row.includes(`\`${key}\``)).map((key) => `${method} ${path} ${key}`);
  });
  expect(untold).toEqual([]);
});

/** Of a body that may be left out as well. */
function keysOf(body: z.ZodType | "raw" | undefined): string[] {
  const whole = body instanceof z.ZodOptional ? body.unwrap() : body;
  return whole instanceof z.ZodObject ? Object.keys(whole.shape) : [];
}

function address(method: string, path: string, keys: readonly string[]): string {
  return `${method} ${path}?${keys.toSorted().join("&")}`;
}
