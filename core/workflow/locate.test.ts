import { expect, test, vi } from "vitest";
import { Places } from "./locate.ts";
import { tokensOf } from "./tokens.ts";

vi.mock("./tokens.ts", { spy: true });

const at = (source: string, path: string, kind: "workflow" | "operation" = "workflow", nth = 0): string => {
  const { line, column } = new Places(source).of(kind, path, nth);
  return `${line}:${column}`;
};

test("a key is found at its own line, past whatever may stand in front of it", () => {
  const source = `import { defineWorkflow } from "loom-gateway";
// defineWorkflow({ id: "no" })
const tidy = (text: string): string => text.replace(/[{"'\`]/g, "");
export const workflow = defineWorkflow({
  id: "a", // {
  name: \`b \${[1, 2].map((n) => \`\${n}}\`).join("{")} \`, /* [ */
  schedule: { cron: "0 2 * * *", zone: "Mars" },
  "requires": ["x", 'y{'],
  steps: [
    { id: "one", label: "ONE", run: async (ctx: StepContext<{ a: string }, unknown>) => { const x = { retries: 1 }; return { ok: x }; } },
    {
      id: "two",
      async run(ctx) { return ctx.results.one / 2 / 3; },
      retries: -1,
      dependsOn: ["one", "three"],
    } satisfies Step,
    { id: "three", label: "THREE" },
  ] as const,
});
`;
  expect(at(source, "")).toBe("4:25");
  expect(at(source, "id")).toBe("5:3");
  expect(at(source, "schedule.zone")).toBe("7:34");
  expect(at(source, "requires.1")).toBe("8:21");
  expect(at(source, "steps.1")).toBe("11:5");
  expect(at(source, "steps.1.run")).toBe("13:13");
  expect(at(source, "steps.1.retries")).toBe("14:7");
  expect(at(source, "steps.1.dependsOn.1")).toBe("15:26");
  expect(at(source, "steps.2.label")).toBe("17:20");
});

test("what is not there is found at what is around it", () => {
  const source = `export const workflow = defineWorkflow({\n  id: "a",\n  steps: [\n    { id: "one" },\n  ],\n});\n`;
  expect(at(source, "steps.0.label")).toBe("4:5");
  expect(at(source, "name")).toBe("1:25");
  expect(at("nothing of the kind", "steps.0")).toBe("1:1");
});

test("names and calls of the file are followed", () => {
  const source = `const shared = { retries: 3 };
const fetchIt = step({
  retries: -1,
});
const steps = [fetchIt];
const spec: WorkflowSpec = { id: "a", steps };
export const workflow = defineWorkflow(spec);
`;
  expect(at(source, "steps.0.retries")).toBe("3:3");
  expect(at(source, "id")).toBe("6:30");
});

test("of several operations the one that is meant is searched", () => {
  const source = `export const operations = [\n  defineOperation({ id: "a.b" }),\n  defineOperation<string>({\n    id: "c.d",\n  }),\n];\n`;
  expect(at(source, "id", "operation", 1)).toBe("4:5");
  expect(at('export const operations = [\n  { id: "a.b" },\n  { id: "c" },\n];', "id", "operation", 1)).toBe("3:5");
});

test("lists of lists by name are followed only where the path leads", () => {
  const names = ["a", "b", "c", "d", "e", "f", "g", "h"];
  const source = names.map((name, i) => `const ${name} = [${Array(100).fill(names[i + 1] ?? "1").join(", ")}];`).join("\n");
  expect(at(`${source}\nexport const workflow = { steps: a };`, "steps.99.99.99.0")).toMatch(/^4:/);
});

test("text that is no TypeScript, or refers to itself, comes to an end", () => {
  expect(at("const a = b; const b = a; export const workflow = a;", "steps.0")).toMatch(/^1:/);
  for (const source of ["defineWorkflow({", "defineWorkflow({ a: [", "defineWorkflow({ ` ${ {", "defineWorkflow(<<<", "}{][ workflow = '"]) expect(at(source, "a.0")).toMatch(/^1:/);
});

test("a source is read once, however many of its parts are asked for", () => {
  const places = new Places(`defineWorkflow({ steps: [\n${'{ id: "a" },\n'.repeat(300)}] })`);
  vi.mocked(tokensOf).mockClear();
  for (let step = 0; step < 300; step++) expect(places.of("workflow", `steps.${step}.id`)).toEqual({ line: step + 2, column: 3 });
  expect(tokensOf).toHaveBeenCalledTimes(1);
});
