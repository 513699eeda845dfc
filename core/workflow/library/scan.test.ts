import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { makeFolder, type Folder } from "../../../test/support/folder.ts";
import { FakeClock } from "../../testing/fakeClock.ts";
import { scanRoots, type Scan } from "./scan.ts";

const scan = (folder: Folder): Promise<Scan> => scanRoots({ home: folder.at("home"), shipped: folder.at("shipped") }, new FakeClock());

it("knows what may be code, wherever it lies, and nothing of data beside it", async () => {
  await using folder = await makeFolder({ "home/workflows/a.ts": "", "home/workflows/lib/b.mts": "", "home/workflows/lib/deep/c.json": "{}", "home/workflows/data/1.csv": "", "home/workflows/notes.md": "" });
  const { sources, stampOf, crowded } = await scan(folder);
  const stamped = ["a.ts", "lib/b.mts", "lib/deep/c.json", "data", "data/1.csv", "notes.md"].filter((name) => stampOf(folder.at(`home/workflows/${name}`)) !== "");
  expect([sources.map(({ path }) => path), stamped, crowded]).toEqual([[folder.at("home/workflows/a.ts")], ["a.ts", "lib/b.mts", "lib/deep/c.json", "data"], []]);
});

it("looks through so much and no more, finds every source all the same, and says so", async () => {
  await using folder = await makeFolder({ "home/workflows/a.ts": "", "home/workflows/z.ts": "" });
  const data = folder.at("home/workflows/data");
  await mkdir(data);
  for (let n = 0; n < 5_100; n += 100) await Promise.all(Array.from({ length: 100 }, (_, i) => writeFile(join(data, `${n + i}.ts`), "{}")));
  const { sources, stampOf, crowded } = await scan(folder);
  const known = Array.from({ length: 5_100 }, (_, n) => stampOf(join(data, `${n}.ts`))).filter((stamp) => stamp !== "");
  expect([sources.length, known.length < 5_000, crowded]).toEqual([2, true, [folder.at("home/workflows")]]);
});
