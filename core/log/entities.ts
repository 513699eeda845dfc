/** The names of HTML's entities for ASCII, as escapers write them (https://html.spec.whatwg.org/multipage/named-characters.html). */
const ASCII: Readonly<Record<string, string>> = {
  amp: "&", AMP: "&", lt: "<", LT: "<", gt: ">", GT: ">", quot: '"', QUOT: '"', apos: "'", sol: "/", bsol: "\\", plus: "+", equals: "=", num: "#", excl: "!", dollar: "$", percnt: "%",
  lpar: "(", rpar: ")", ast: "*", comma: ",", period: ".", colon: ":", semi: ";", quest: "?", commat: "@", lsqb: "[", lbrack: "[", rsqb: "]", rbrack: "]", lcub: "{", lbrace: "{", rcub: "}",
  rbrace: "}", Hat: "^", lowbar: "_", grave: "`", verbar: "|", vert: "|", Tab: "\t", NewLine: "\n", hellip: "…", euro: "€",
};

/** Those from U+00A0 on, in their order. */
const LATIN_1 =
  "nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml".split(" ");

const codes = new Map<string, number>([...Object.entries(ASCII).map(([name, letter]) => [name, letter.charCodeAt(0)] as const), ...LATIN_1.map((name, n) => [name, 0xa0 + n] as const)]);
const beginnings = new Set([...codes.keys()].flatMap((name) => Array.from(name, (_, n) => name.slice(0, n + 1))));

export const LONGEST_NAME = Math.max(...[...codes.keys()].map(({ length }) => length));

/** What an entity of this name stands for. */
export function codeOfEntity(name: string): number | undefined {
  return codes.get(name);
}

/** Whether a name may begin so. */
export function mayBeEntity(beginning: string): boolean {
  return beginnings.has(beginning);
}
