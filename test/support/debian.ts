import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** The Debian packages that the tests need, each with the program by which it is known to be there. */
export const debianPackages: readonly { readonly name: string; readonly program: string }[] = [{ name: "chromium", program: "chromium" }];

/** Those of the packages that this machine lacks. */
export function missingPackages(env: NodeJS.ProcessEnv = process.env): string[] {
  const folders = (env.PATH ?? "").split(delimiter).concat("/usr/bin", "/usr/sbin");
  const isThere = (program: string): boolean => folders.some((folder) => existsSync(join(folder, program)));
  return debianPackages.filter(({ program }) => !isThere(program)).map(({ name }) => name);
}

/** Why this machine's packages are not ours to install, or null when they are. */
export function whyNotInstall(env: NodeJS.ProcessEnv = process.env): string | null {
  if (env.LOOM_TEST_INSTALL === "0") return "LOOM_TEST_INSTALL=0 forbids installing them";
  if (!existsSync("/etc/debian_version") || !existsSync("/usr/bin/apt-get")) return "this is no Debian";
  if (process.getuid?.() !== 0) return "installing them takes root";
  return null;
}

/** Installs the packages by apt-get, whose output goes to ours. */
export function installPackages(names: readonly string[]): void {
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
