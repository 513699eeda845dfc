/** One thing that was looked at. */
export interface Finding {
  readonly level: "ok" | "info" | "warning" | "error";
  readonly title: string;
  /** What to do, or more about it; a line each. */
  readonly help: readonly string[];
  /** Mends it, and answers in words what was done. Left out where only a person can. */
  readonly mend?: () => Promise<string>;
}

export const finding = (level: Finding["level"], title: string, ...help: (string | null)[]): Finding => ({
  level,
  title,
  help: help.filter((line) => line !== null),
});

/** The same finding, which can be mended. */
export const mendable = (found: Finding, mend: () => Promise<string>): Finding => ({ ...found, mend });
