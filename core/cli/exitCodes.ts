/** What the command line's exit codes say; scripts rely on them. */
export const exitCodes = {
  ok: 0,
  /** Something went wrong; stderr has the message and a stable code. */
  failed: 1,
  /** The command line itself was wrong. */
  usage: 2,
  /** The job's owner refused the command. */
  refused: 3,
  /** The time to wait is over and the owner has not answered, or nobody knows what it did. */
  unsettled: 4,
  /** The database is damaged, or of a newer Loom: it was left as it is, and doing it again changes nothing. */
  unusable: 5,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
