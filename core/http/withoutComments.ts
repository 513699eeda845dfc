const COMMENTED = new Set([".js", ".css"]);
/** A block or a line that begins with a comment; what stands behind code is left alone. */
const COMMENT = /^[ \t]*(?:\/\*[^]*?\*\/[ \t]*$|\/\/.*$)/gm;

/** Between tags of a template it means nothing either. */
const INDENTATION = /^[ \t]+/gm;

/**
 * Code without what is written for its readers alone, comments and indentation: a sixth of the page's weight. Line numbers stay as
 * they are. Pure.
 * @param code of our own hand: no string of it has a line that begins like a comment, or with spaces that mean anything
 * @param extension with its dot; what is neither script nor style comes back as it is
 */
export function withoutComments(code: Buffer, extension: string): Buffer {
  if (!COMMENTED.has(extension)) return code;
  return Buffer.from(code.toString().replaceAll(COMMENT, (comment) => "\n".repeat(comment.split("\n").length - 1)).replaceAll(INDENTATION, ""));
}
