import { expect, test } from "vitest";
import { envStamp } from "./envStamp.ts";

const env = { PATH: "/bin", REGION: "north", SHLVL: "1" };

test("is another where a file may come out differently", () => {
  const stamps = [env, { ...env, REGION: "south" }, { ...env, ZONE: "a" }, { PATH: "/bin" }, { PATH: "/bin", REGION: "north=ZONE" }].map(envStamp);
  expect(new Set(stamps).size).toBe(stamps.length);
});

test("is the same in another order, and under what is another at each start", () => {
  expect(envStamp({ SHLVL: "2", INVOCATION_ID: "8a", _: "/bin/node", REGION: "north", PATH: "/bin", NONE: undefined })).toBe(envStamp(env));
});
