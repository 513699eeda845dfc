import { expect, test } from "vitest";
import { libraryStage } from "../../../test/support/libraryStage.ts";

test("a broken file is told the first hundred of its mistakes, and how many more there are", async () => {
  const steps = 'Array.from({ length: 300 }, (_, n) => ({ id: "s" + n, label: "S", retires: 3, run: () => 1 }))';
  await using it = await libraryStage({
    "home/workflows/a.ts": `import { defineWorkflow } from "loom-gateway";\nexport const workflow = defineWorkflow({ id: "a", name: "A", steps: ${steps} } as never);\n`,
    "home/operations/many.ts": 'import { defineOperation } from "loom-gateway";\nexport const operations = Array.from({ length: 501 }, (_, n) => defineOperation({ id: "text.n" + n, label: "N", run: () => n }));\n',
    "home/operations/wrong.ts": "export const operations = Array.from({ length: 500 }, () => ({}));\n",
  });
  await it.library.start();
  await it.library.reload();
  const problemsOf = (name: string) => it.library.files().find(({ path }) => path.endsWith(name))!.problems;
  expect([problemsOf("a.ts").length, problemsOf("a.ts")[0]!.message, problemsOf("a.ts").at(-1)!.message]).toEqual([101, 'There is no "retires" here.', "There are 200 more problems."]);
  expect(problemsOf("many.ts").map(({ message }) => message)).toEqual(["501 operations in one file are too many."]);
  expect(problemsOf("wrong.ts").length).toBeLessThanOrEqual(102);
});
