import { describe, expect, test } from "vitest";
import { Refusal, refusalProblem } from "./problems.ts";

const troubleOf = (error: object): string => refusalProblem(new Refusal("cron.list", error as Record<string, unknown>, null)).trouble;

describe("what a refusal means", () => {
  test("is told by its codes, whatever other words its message holds", () => {
    const notFound = { code: "INVALID_REQUEST", message: "Automation not found: x. Use a fresh authenticated owner, its token, or restart.", details: { code: "CRON_JOB_NOT_FOUND" } };
    expect(troubleOf(notFound)).toBe("refused");
    expect(troubleOf({ code: "INVALID_REQUEST", message: "no", details: { code: "AUTH_TOKEN_MISMATCH" } })).toBe("needs_configuration");
    expect(troubleOf({ code: "NOT_PAIRED", message: "no" })).toBe("needs_configuration");
    expect(troubleOf({ code: "UNAVAILABLE", message: "no" })).toBe("unreachable");
    expect(troubleOf({ code: "INVALID_REQUEST", message: "no", details: { code: "PROTOCOL_MISMATCH" } })).toBe("incompatible");
  });

  test("is told by the words of versions that give no code", () => {
    expect(troubleOf({ code: "INVALID_REQUEST", message: "unauthorized: gateway token mismatch" })).toBe("needs_configuration");
    expect(troubleOf({ code: "INVALID_REQUEST", message: "device identity required" })).toBe("needs_configuration");
    expect(troubleOf({ code: "INVALID_REQUEST", message: "protocol mismatch" })).toBe("incompatible");
  });
});
