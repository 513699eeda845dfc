import { readFileSync } from "node:fs";
import type * as z from "zod";
import { afterAll, beforeAll, expect, test } from "vitest";
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

function address(method: string, path: string, keys: readonly string[]): string {
  return `${method} ${path}?${keys.toSorted().join("&")}`;
}
