import { expect, test } from "vitest";
import { withoutComments, withoutStrings } from "./lexer.ts";
import { house } from "./sources.ts";

test.each([
  ['a("b // c") // d', 'a("      ")     '],
  ["a('it\\'s') /* b */ c", "a('     ')         c"],
  ["`a ${b(`c ${d}`)} e`", "`  ${b(`  ${d}`)}  `"],
  ["x = /[/\"]/.test(y) / 2 / z", "x = /    /.test(y) / 2 / z"],
  ["return /'/g", "return / /g"],
  ["a ? { b } : `}`", "a ? { b } : ` `"],
])("%s becomes %s", (text, code) => {
  expect(withoutStrings(text)).toBe(code);
});

test("comments alone can go, and lines stay where they are", () => {
  expect(withoutComments('a // b\n"//c" /* d\n */ e')).toBe('a     \n"//c"     \n    e');
});

test("it never loses its way: brackets are in balance in every file of the house", () => {
  const code = house().filter((source) => source.code !== "");
  expect(code.length).toBeGreaterThan(150);
  const count = (text: string, char: string): number => text.split(char).length;
  const lost = code.filter((source) => ["()", "[]", "{}"].some((pair) => count(source.code, pair[0]!) !== count(source.code, pair[1]!)));
  expect(lost.map((source) => source.path)).toEqual([]);
});
