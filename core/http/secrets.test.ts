import { expect, it, vi } from "vitest";

const compared = vi.hoisted(() => ({ bytes: [] as number[][] }));
vi.mock("node:crypto", async (original) => {
  const crypto = await original<typeof import("node:crypto")>();
  return { ...crypto, timingSafeEqual: (a: Buffer, b: Buffer) => (compared.bytes.push([a.length, b.length]), crypto.timingSafeEqual(a, b)) };
});
const { sameSecret } = await import("./secrets.ts");

it("secrets are compared in constant time, whatever they are, and as long as each other", () => {
  const answers = ["right", "wrong", "", "right and more", "r\u0000ght", "ri"].map((given) => sameSecret(given, "right"));
  expect(answers).toEqual([true, false, false, false, false, false]);
  expect(compared.bytes).toEqual(Array(6).fill([32, 32]));
  expect(sameSecret("", "")).toBe(false);
});
