/** What JSON takes in memory once it is parsed, which may be fifty times its length. Pure. */

/** Most of what is taken in at once: some ten thousand jobs have less. */
export const HEAVIEST = 64 * 1024 * 1024;
/** An object with nothing in it takes so much, and is three characters. */
const VALUE_BYTES = 48;
const [QUOTE, ESCAPE, COMMA, LIST, OBJECT] = ['"', "\\", ",", "[", "{"].map((mark) => mark.charCodeAt(0));

/** About how many bytes a text of JSON takes once it is parsed. */
export function weigh(json: string): number {
  let values = 0;
  for (let i = 0; i < json.length; i++) {
    const mark = json.charCodeAt(i);
    if (mark === QUOTE) i = endOfString(json, i);
    else if (mark === COMMA || mark === LIST || mark === OBJECT) values++;
  }
  return json.length + values * VALUE_BYTES;
}

/** Where the string that begins here ends; the end of the text where it does not. */
function endOfString(json: string, begin: number): number {
  for (let end = json.indexOf('"', begin + 1); end !== -1; end = json.indexOf('"', end + 1)) {
    let escapes = 0;
    while (json.charCodeAt(end - 1 - escapes) === ESCAPE) escapes++;
    if (escapes % 2 === 0) return end;
  }
  return json.length;
}
