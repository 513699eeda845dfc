/** What is the matter with a source, in words. Pure. */

/**
 * @param source as the page keeps it
 * @returns {{ title: string, lines: string[] }} one state, and what is known of it
 */
export function sourceWords(source) {
  const lines = [source.message].filter(Boolean);
  switch (source.freshness) {
    case "stale":
      return { title: "cannot be read", lines };
    case "suspect":
      return { title: "is not believed", lines: [...lines, "What hangs here is what it told before."] };
    case "incompatible":
      return { title: "speaks in a way that is not understood", lines };
    default:
      return source.schedulerOn ? { title: "fresh", lines: [] } : { title: "scheduler is off", lines: [source.message ?? "Its scheduler as a whole is switched off: nothing of it fires."] };
  }
}
