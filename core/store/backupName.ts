/** Name of a copy of the database, with the time in UTC, so that copies sort by age. @param at milliseconds since 1970 */
export function backupName(at: number): string {
  return `loom-${new Date(at).toISOString().slice(0, 19).replaceAll(":", "-")}Z.db`;
}
