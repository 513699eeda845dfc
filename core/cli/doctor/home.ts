import { existsSync, statSync, type Stats } from "node:fs";
import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { DELETE_TOKEN, isToken } from "../../config/home.ts";
import { loadConfig } from "../../config/load.ts";
import { readNow } from "../../config/readIfThere.ts";
import { isLoomError, messageOf } from "../../errors/loomError.ts";
import { problemLine } from "../problemLine.ts";
import { finding, mendable, type Finding } from "./finding.ts";

const privateFiles = ["token", ".env", "loom.db", "gateway.json", "node.json"];

/** Looks at LOOM_HOME, which is nobody else's, as it lies on the disk, and changes nothing. */
export async function examineHome(home: string, env: NodeJS.ProcessEnv): Promise<Finding[]> {
  if (!existsSync(home)) return [finding("info", `${home} does not exist yet`, "The first `loom start` makes it.")];
  if (!statSync(home).isDirectory()) return [finding("error", `LOOM_HOME cannot be used: ${home} is not a folder`, "Name a folder with --home or LOOM_HOME.")];
  return [...examineModes(home), ...examineToken(join(home, "token")), await examineConfig(home, env)];
}

function examineModes(home: string): Finding[] {
  const open = (path: string, allowed: number): boolean => {
    const { mode }: Stats = statSync(path);
    return (mode & 0o777 & ~allowed) !== 0;
  };
  const found = open(home, 0o700) ? [tooOpen(home, 0o700)] : [finding("ok", `LOOM_HOME is ${home}`)];
  for (const path of privateFiles.map((name) => join(home, name))) {
    if (existsSync(path) && open(path, 0o600)) found.push(tooOpen(path, 0o600));
  }
  return found;
}

/** While it holds something else the gateway lets nobody in by it, and says no more than that. */
function examineToken(file: string): Finding[] {
  if (!existsSync(file)) return [];
  try {
    return isToken(readNow(file).trim()) ? [] : [finding("error", `${file} does not hold a token of Loom's`, DELETE_TOKEN)];
  } catch (error) {
    return [isLoomError(error) ? finding("error", error.message, error.help) : finding("error", `${file} cannot be read: ${messageOf(error)}`, "See to its disk, and to whose it is.")];
  }
}

function tooOpen(path: string, mode: number): Finding {
  const command = `chmod ${mode.toString(8)} ${path}`;
  return mendable(finding("error", `${path} is open to other users`, command), async () => {
    await chmod(path, mode);
    return command;
  });
}

async function examineConfig(home: string, env: NodeJS.ProcessEnv): Promise<Finding> {
  try {
    await loadConfig({ home, env });
    return finding("ok", "The settings are valid");
  } catch (error) {
    return finding("error", messageOf(error), ...(isLoomError(error) ? error.problems.map(problemLine) : []));
  }
}
