type Env = Readonly<Record<string, string | undefined>>;

/** Without these many programs do not run, or not as the user is used to. None of them holds a secret. */
const USUAL = ["PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LC_*", "TZ", "TMPDIR"];

/**
 * What of an environment programs get that workflow code runs: the usual variables, and no secrets that they did not ask for.
 * @param allowed names besides; `AWS_*` stands for all that begin so
 */
export function programEnv(env: Env, allowed: readonly string[]): Env {
  const names = [...USUAL, ...allowed];
  const isAllowed = (name: string): boolean => names.some((one) => (one.endsWith("*") ? name.startsWith(one.slice(0, -1)) : name === one));
  return Object.fromEntries(Object.entries(env).filter(([name]) => isAllowed(name)));
}
