import { expect, it } from "vitest";
import { systemClock } from "../../core/clock/system.ts";
import { seededRandom } from "../support/random.ts";
import { Harness } from "./harness/harness.ts";
import { makeRounds } from "./harness/rounds.ts";
import { faultPoints } from "./points/points.ts";

/** `npm run fault` kills more often. */
const KILLS = Number(process.env["LOOM_TEST_KILLS"] ?? 25);

it(`loses and repeats nothing of its workflows, its mirror and its door when it is killed ${KILLS} times under load`, { timeout: 300_000 + KILLS * 20_000 }, async () => {
  const seed = Number(process.env["LOOM_TEST_SEED"] ?? systemClock.now() % 1_000_000);
  console.log(`seed ${seed} (LOOM_TEST_SEED), ${KILLS} kills (LOOM_TEST_KILLS)`);
  const random = seededRandom(seed);
  const rounds = makeRounds(KILLS, random);
  await using harness = await Harness.open(random);
  for (const round of rounds) await harness.round(round);
  const findings = await harness.findings();
  expect(Object.entries(findings).filter(([, found]) => found.length > 0)).toEqual([]);
  const wanted = rounds.flatMap((round) => (round.is === "at point" ? [round.point.name] : []));
  const missed = faultPoints.filter(({ name }) => wanted.includes(name) && !harness.reached.has(name)).map(({ name }) => name);
  console.log(`${harness.summary()}; ${harness.reached.size} points reached${missed.length > 0 ? `, not: ${missed.join("; ")}` : ""}`);
  expect(harness.reached.size).toBeGreaterThan(new Set(wanted).size / 2);
});
