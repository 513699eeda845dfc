import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, resolve } from "node:path";

/** A Debian package, with the program by which it is known to be there: a name, or a path where it is on no PATH. */
export interface DebianPackage {
  readonly name: string;
  readonly program: string;
}

/** Those that the tests need. */
export const debianPackages: readonly DebianPackage[] = [
  { name: "chromium", program: "chromium" },
  // Compiles what makes a disk slow or full, and sets a clock, for one process alone.
  { name: "gcc", program: "gcc" },
  { name: "libc6-dev", program: "/usr/include/stdio.h" },
];

/**
 * Installs those of the packages that this machine lacks.
 * @returns null when all are there, or else why they are not
 */
export function obtainPackages(packages: readonly DebianPackage[]): string | null {
  const missing = missingPackages(packages);
  if (missing.length === 0) return null;
  const names = missing.join(" ");
  const obstacle = whyNotInstall();
  if (obstacle !== null) return `these Debian packages are missing, and ${obstacle}: ${names}`;
  console.log(`Installing Debian packages: ${names}`);
  try {
    installPackages(missing);
  } catch {
    return `apt-get could not install ${names}; its words are above`;
  }
  const still = missingPackages(packages);
  return still.length === 0 ? null : `installed, but not found: ${still.join(" ")}`;
}

function missingPackages(packages: readonly DebianPackage[]): string[] {
  const folders = (process.env.PATH ?? "").split(delimiter).concat("/usr/bin", "/usr/sbin");
  const isThere = (program: string): boolean => folders.some((folder) => existsSync(resolve(folder, program)));
  return packages.filter(({ program }) => !isThere(program)).map(({ name }) => name);
}

/** Why this machine's packages are not ours to install, or null when they are. */
function whyNotInstall(): string | null {
  if (process.env.LOOM_TEST_INSTALL === "0") return "LOOM_TEST_INSTALL=0 forbids installing them";
  if (!existsSync("/etc/debian_version") || !existsSync("/usr/bin/apt-get")) return "this is no Debian";
  if (process.getuid?.() !== 0) return "installing them takes root";
  return null;
}

/** Installs the packages by apt-get, whose output goes to ours. */
function installPackages(names: readonly string[]): void {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const apt = (...args: string[]): void => void execFileSync("apt-get", ["-q", ...args], { stdio: ["ignore", "inherit", "inherit"], env });
  // With what they recommend: without the fonts among it Chromium draws no text.
  const install = (): void => apt("install", "--yes", ...names);
  try {
    install();
  } catch {
    // A fresh machine has no package lists yet, an old one names versions that are gone.
    apt("update");
    install();
  }
}
