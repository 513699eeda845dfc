/** The audit log in words. Pure. */

const deeds = [
  [/\/strands\/:id\/run$/, "Run"],
  [/\/strands\/:id\/enabled$/, ({ enabled }) => (enabled === null ? "Left to its file" : enabled === false ? "Disabled" : "Enabled")],
  [/\/strands\/:id\/ack$/, "Acknowledged"],
  [/\/strands\/:id\/grace$/, "Set the grace of"],
  [/\/runs\/:id\/cancel$/, "Cancelled run"],
  [/\/runs\/:id\/retry$/, "Did again run"],
  [/\/runs\/:id\/ack$/, "Acknowledged run"],
  [/^DELETE .*\/commands\//, "Withdrew command"],
  [/\/sources\/:id\/look$/, "Read source"],
  [/\/sources\/:id\/accept$/, "Believed source"],
  [/\/pause$/, ({ strandId }) => (strandId ? "Paused" : "Paused everything")],
  [/\/resume$/, ({ strandId }) => (strandId ? "Resumed" : "Resumed everything")],
  [/\/reload$/, "Read all workflow files"],
  [/^POST .*\/sign-in-links$/, "Made a sign-in link"],
  [/^POST .*\/session$/, "Signed in"],
  [/^DELETE .*\/session$/, "Signed out"],
  [/^POST .*\/tokens$/, "Made a token"],
  [/^DELETE .*\/tokens\//, "Revoked token"],
  [/\/hooks\//, "Called the webhook of"],
];

/** What was asked for, as a verb: `Disabled`. What has no word is told as the API has it. */
export function deedWords({ action, fields }) {
  const [, words] = deeds.find(([form]) => form.test(action)) ?? [null, action];
  return typeof words === "function" ? words(fields) : words;
}

/** What came of it. */
export function resultWords(result) {
  if (result === "done") return { words: "done", tone: "ok" };
  if (result === null) return { words: "not known", tone: "missed" };
  return { words: `refused: ${result.toLowerCase().replaceAll("_", " ")}`, tone: "failed" };
}
