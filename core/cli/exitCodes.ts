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
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
