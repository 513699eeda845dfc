import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { makeFolder } from "../support/folder.ts";
import { RunHome } from "../support/runHome.ts";

/** What is worked on. */
const ROWS: readonly string[] = ["again", "list[0]", "list[1]", "phases"];

/** A step that is tried twice, a list, and one with a phase; each writes down when it begins. */
function workflow(ledger: string): string {
  const step = (id: string, more: string, work: string) => `{ id: "${id}", label: "STEP", retries: 3, backoff: { initialMs: 1 }, ${more}
    run: async ({ attempt, idempotencyKey, phase, results, item }) => { process.getBuiltinModule("node:fs").appendFileSync(${JSON.stringify(ledger)}, idempotencyKey + "\\n"); ${work} } }`;
  return `{ id: "w", name: "W", steps: [
    ${step("again", "", 'if (attempt === 1) throw new Error("not yet"); return 1;')},
    ${step("list", 'dependsOn: ["again"], each: () => [1, 2],', "return item;")},
    ${step("phases", 'dependsOn: ["list"],', 'return phase("inner", () => results.list);')},
  ] }`;
}

/** Rows of which it was told that they are done, but for phases, which a later attempt begins anew. */
function completed(told: readonly string[]): string[] {
  return told.flatMap((event) => (event.startsWith("step.completed ") && !event.includes("/") ? [event.slice("step.completed ".length)] : []));
}

/** How often a row may be begun: once more where it was under way, but for an attempt that was dispatched and never called. The first one fails once. */
function usual(row: string, wasDone: boolean): number[] {
  if (row === "again") return wasDone ? [2] : [1, 2, 3];
  return wasDone ? [1] : [1, 2];
}

it("ends right wherever in a run the gateway is gone, and does nothing twice that was done", { timeout: 240_000 }, async () => {
  await using folder = await makeFolder();
  await using home = await RunHome.open();
  const ledger = folder.at("ledger");
  await home.weave(workflow(ledger));
  await home.run("w");
  for (let boundary = 1, isOver = false; !isOver; boundary++) {
    const id = await home.begin("w");
    isOver = !(await home.counted(id, boundary));
    const done = completed(home.told(id)).filter((row) => ROWS.includes(row));
    if (!isOver) await home.crash();
    const ended = await home.ended(id);
    expect({ boundary, ...ended }).toMatchObject({ boundary, status: "succeeded", results: { phases: [1, 2] } });
    expect(new Set(completed(home.told(id))).size).toBe(completed(home.told(id)).length);
    const begun = (await readFile(ledger, "utf8")).trim().split("\n").filter((line) => line.startsWith(id));
    const times = (row: string): number => begun.filter((line) => line === `${id}/${row}`).length;
    for (const row of ROWS) expect({ boundary, row, times: times(row) }).toMatchObject({ row, times: expect.toBeOneOf(usual(row, done.includes(row))) });
  }
});
