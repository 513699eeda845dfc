/** Which versions of OpenClaw can be read through their gateway. Pure. */
import { clip } from "./wire.ts";

const OLDEST = [2026, 5, 28] as const;
const OLDEST_PROTOCOL = 4;

/** Why this gateway cannot be read, or null. Builds that name no version are judged by their protocol alone. */
export function whyUnsupported(version: string, protocol: number): string | null {
  if (isOlder(version)) return `This is OpenClaw ${clip(version, 40)}; Loom reads OpenClaw ${OLDEST.join(".")} and later through its gateway.`;
  if (protocol < OLDEST_PROTOCOL) return `This OpenClaw (${clip(version, 40)}) speaks protocol ${protocol}; Loom needs protocol ${OLDEST_PROTOCOL}, which came with 2026.5.12.`;
  return null;
}

/** Whether a version is one that keeps its cron in files; false for what is no version. */
export function isOlder(version: string): boolean {
  const parts = /^(\d{4})\.(\d+)\.(\d+)/.exec(version)?.slice(1).map(Number);
  return parts !== undefined && isBefore(parts, OLDEST);
}

function isBefore(a: readonly number[], b: readonly number[]): boolean {
  const at = a.findIndex((part, index) => part !== b[index]);
  return at !== -1 && a[at]! < b[at]!;
}
