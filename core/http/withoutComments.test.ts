import { readdir, readFile } from "node:fs/promises";
import { extname } from "node:path";
import { transform } from "esbuild";
import { expect, test } from "vitest";
import { withoutComments } from "./withoutComments.ts";

const strip = (code: string, extension = ".js"): string => withoutComments(Buffer.from(code), extension).toString();

test("comments and indentation go, line numbers stay", () => {
  expect(strip('/** One\n * two */\nlet a = 1; // stays\n  // goes\nlet b = "/* stays */";\n  if (a) {\n\tb = 1;\n  }\n')).toBe('\n\nlet a = 1; // stays\n\nlet b = "/* stays */";\nif (a) {\nb = 1;\n}\n');
  expect(strip("/* top */\na { b: c } /* stays */\n", ".css")).toBe("\na { b: c } /* stays */\n");
  expect(strip("/* text */", ".txt")).toBe("/* text */");
});

test("the page's own code means the same without them", async () => {
  const root = new URL("../../public/", import.meta.url);
  const names = (await readdir(root, { recursive: true })).filter((name) => /\.(js|css)$/.test(name));
  expect(names.length).toBeGreaterThan(50);
  /** Lines within a template may be indented as they like. */
  const compiled = async (code: Buffer, name: string): Promise<string> => (await transform(code.toString(), { loader: name.endsWith(".css") ? "css" : "js", minifyWhitespace: true, legalComments: "none" })).code.replaceAll(/\n[ \t]+/g, "\n");
  for (const name of names) {
    const code = await readFile(new URL(name, root));
    expect(await compiled(withoutComments(code, extname(name)), name), name).toBe(await compiled(code, name));
  }
});
