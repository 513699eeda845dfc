import fc from "fast-check";
import { expect, test } from "vitest";
import { createRedactor } from "./redact.ts";

const secret = fc.string({ minLength: 8, maxLength: 40 }).filter((text) => text.trim().length >= 8);

/** A text cut at these places, put together again from what is shown of each piece. */
function shown(redactor: ReturnType<typeof createRedactor>, text: string, cuts: readonly number[]): string {
  const take = redactor.pieces();
  const places = [0, ...cuts.map((cut) => cut % (text.length + 1)).toSorted((a, b) => a - b), text.length];
  return places.slice(1).map((end, i) => take(text.slice(places[i], end), i === places.length - 2)).join("");
}

test("a secret is hidden wherever the pieces are cut, and nothing else is", () => {
  fc.assert(
    fc.property(secret, fc.array(fc.oneof(fc.constant("SECRET"), fc.string({ maxLength: 20 })), { maxLength: 6 }), fc.array(fc.nat(), { maxLength: 30 }), (value, parts, cuts) => {
      const redactor = createRedactor();
      redactor.learn(value);
      const text = parts.map((part) => (part === "SECRET" ? value : part)).join("");
      const whole = redactor.pieces()(text, true);
      expect(shown(redactor, text, cuts)).toBe(whole);
      expect(whole).not.toContain(value);
    }),
    { numRuns: 1_000, seed: 1 },
  );
});

test("of secrets that begin alike, and of one that repeats itself, none is left over", () => {
  const redactor = createRedactor();
  for (const value of ["alpha-beta", "alpha-beta-gamma", "tick-tick-tick"]) redactor.learn(value);
  for (const text of ["alpha-beta-gamma.", "alpha-beta.", "tick-tick-tick-tick-tick-tick.", "alpha-alpha-beta-gam-tick-tick-tick"]) {
    const whole = redactor.pieces()(text, true);
    expect(whole).not.toMatch(/alpha-beta|tick-tick-tick/);
    for (let size = 1; size < text.length; size += 1) expect(shown(redactor, text, Array.from({ length: text.length }, (_, n) => n * size).filter((cut) => cut < text.length))).toBe(whole);
  }
});

test("nothing waits but what may be the beginning of a secret", () => {
  const redactor = createRedactor({ API_TOKEN: "hunter-2-for-ever" });
  const take = redactor.pieces();
  expect(["a line\n", "12 % ", "the hun", "ter\n", "hunter-2", "-for-ever", "!"].map((piece) => take(piece, false))).toEqual(["a line\n", "12 % ", "the ", "hunter\n", "", "[redacted]", "!"]);
  expect(take("hunt", true)).toBe("hunt");
  expect(createRedactor().pieces()("hunter-2-for-ever", false)).toBe("hunter-2-for-ever");
});
