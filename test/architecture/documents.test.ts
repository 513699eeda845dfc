import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { rooms } from "./rules.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const markdownIn = (folder: string): string[] => readdirSync(join(root, folder)).filter((name) => name.endsWith(".md")).map((name) => join(folder, name));
const plugins = readdirSync(join(root, "plugins")).map((id) => join("plugins", id));
const documents = [".", "docs", "docs/decisions", ...plugins].flatMap(markdownIn);
const read = (path: string): string => readFileSync(join(root, path), "utf8");

describe.each(documents)("%s", (path) => {
  test("links to files and headings that are there", () => {
    const links = [...read(path).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link!).filter((link) => !/^[a-z]+:/.test(link));
    expect(links.filter((link) => !leadsSomewhere(path, link))).toEqual([]);
  });
});

test("docs/faults.md names tests that are there", () => {
  const named = [...read("docs/faults.md").matchAll(/`([\w/.-]+\.test\.ts)`/g)].map(([, path]) => path!);
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((path) => ![".", ...plugins].some((folder) => existsSync(join(root, folder, path))))).toEqual([]);
});

test("docs/architecture.md shows every room of core", () => {
  const map = read("docs/architecture.md");
  expect(Object.keys(rooms).filter((room) => !map.includes(`${room}/`))).toEqual([]);
});

test("the README leads to every document", () => {
  const readme = read("README.md");
  expect(markdownIn("docs").filter((path) => !readme.includes(`(${path})`))).toEqual([]);
});

function leadsSomewhere(from: string, link: string): boolean {
  const [path, heading] = link.split("#");
  const target = path === "" ? from : join(dirname(from), path!);
  if (!existsSync(join(root, target))) return false;
  return heading === undefined || headingsOf(read(target)).includes(heading);
}

/** As GitHub names them in addresses. */
function headingsOf(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, text]) => text!.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, "").replaceAll(" ", "-"));
}
