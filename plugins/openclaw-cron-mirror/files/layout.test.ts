import { expect, test } from "vitest";
import { cronFiles, isSurelyOlder } from "./layout.ts";

const signs = { lastTouchedVersion: undefined, hasJobs: true, hasState: false, hasDatabase: false };

test.each([
  ["jobs with their state in one file are of 2026.4.15 or before", {}, true],
  ["an older version wrote the configuration", { lastTouchedVersion: "2026.5.7", hasState: true }, true],
  ["a newer version wrote the configuration", { lastTouchedVersion: "2026.5.28", hasState: true }, false],
  ["two files may be of 2026.5.28, whose gateway is down", { hasState: true }, false],
  ["what is no version says nothing", { lastTouchedVersion: "dev", hasState: true }, false],
  ["there is a database", { lastTouchedVersion: "2026.4.15", hasDatabase: true }, false],
  ["there are no jobs", { lastTouchedVersion: "2026.4.15", hasJobs: false }, false],
] as const)("%s", (_why, given, older) => {
  expect(isSurelyOlder({ ...signs, ...given })).toBe(older);
});

test("the files lie in the state folder, or where the configuration says", () => {
  expect(cronFiles("/state", undefined)).toEqual({
    folder: "/state/cron", jobs: "/state/cron/jobs.json", state: "/state/cron/jobs-state.json", runs: "/state/cron/runs",
  });
  expect(cronFiles("/state", "/data/cron.json")).toMatchObject({ folder: "/data", state: "/data/cron-state.json", runs: "/data/runs" });
});
