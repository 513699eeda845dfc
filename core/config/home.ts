import { randomBytes } from "node:crypto";
import { statSync } from "node:fs";
import { chmod, lstat, mkdir, realpath, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { isLoomError, LoomError, messageOf } from "../errors/loomError.ts";
import { linkOfOthers } from "../linkOfOthers.ts";
import { whoElseMayWrite } from "../writableByOthers.ts";
import { createOnce } from "./createOnce.ts";
import { leftByOthers } from "./leftByOthers.ts";

const FOLDERS = ["plugins", "workflows", "operations"] as const;
/** Node looks for one in all folders above what it loads, until it finds one: it finds none that others have put there. */
const PACKAGE = '{ "private": true }\n';
/** What to do about a token file that holds something else. */
export const DELETE_TOKEN = "Delete the file; Loom makes a new token.";

/** LOOM_HOME: where everything of this gateway lies. */
export interface Home {
  /** Real, absolute path. */
  readonly path: string;
  /** The path of a file in it. */
  file(name: string): string;
}

/** The path that LOOM_HOME names, absolute; `~/.loom` without it. */
export function homePath(env: Readonly<Record<string, string | undefined>>): string {
  const named = env.LOOM_HOME;
  if (!named) return join(homedir(), ".loom");
  return named === "~" || named.startsWith("~/") ? join(homedir(), named.slice(1)) : resolve(named);
}

/**
 * Where a home lies, for who reads, runs and writes what is in it: its real path, or the given one while nothing is there.
 * @throws LoomError HOME_UNSAFE when another user may write there or owns it or something in it, or could make it before it is read
 */
export async function ownHome(path: string): Promise<string> {
  const real = await realPathOf(path);
  if (real !== null) {
    await refuseOthers(real);
    refuseLeft(real);
    return real;
  }
  const shared = await whoElseMayMake(path);
  if (shared) throw new LoomError("HOME_UNSAFE", `There is no home at ${path}, and others may make one: ${shared}.`, { help: "`loom init` and `loom start` make one that is yours alone." });
  return path;
}

/** Null where nothing is there. A link of another user's is not followed: it may lead to a folder of ours that nobody meant. */
async function realPathOf(path: string): Promise<string | null> {
  const link = await linkOfOthers(path);
  if (link) throw unusable(link);
  return realpath(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") return null;
    throw unusable(cause.message);
  });
}

/** Who could put something at a path where nothing is: who may write in the nearest folder above it that is there, or where a link leads. */
async function whoElseMayMake(path: string): Promise<string | null> {
  return (await isThere(path)) ? `${path} is a link that leads to nothing` : whoElseMayWrite(await nearest(dirname(path)));
}

/** The real path of the nearest folder that is there, from this one upwards. */
async function nearest(folder: string): Promise<string> {
  return (await realPathOf(folder)) ?? nearest(dirname(folder));
}

function isThere(path: string): Promise<boolean> {
  return lstat(path).then(() => true, () => false);
}

/**
 * Makes the folder and its subfolders where they are missing, and sees to it that only we can read them, and write what lies in them.
 * @throws LoomError HOME_UNSAFE when it cannot be made, or another user may write there or owns it or something in it
 */
export async function openHome(path: string): Promise<Home> {
  if ((await realPathOf(path)) === null) await makeFolder(path);
  const real = await realPathOf(path);
  if (real === null) throw unusable(`${path} is a link that leads to nothing`);
  if (!(await stat(real)).isDirectory()) throw unusable(`${real} is not a folder`);
  await refuseOthers(real);
  refuseLeft(real);
  const file = (name: string): string => join(real, name);
  try {
    await chmod(real, 0o700);
    await Promise.all(FOLDERS.map((name) => mkdir(file(name), { recursive: true, mode: 0o700 })));
    await createOnce(file("package.json"), () => PACKAGE);
  } catch (cause) {
    // Such as a disk that is full, or that the system has made read-only.
    throw unusable(messageOf(cause));
  }
  return { path: real, file };
}

/** The settings, the token, the code and the links in it would be theirs. */
async function refuseOthers(real: string, isParent = false): Promise<void> {
  const other = await whoElseMayWrite(real, isParent);
  if (other) throw new LoomError("HOME_UNSAFE", `LOOM_HOME cannot be used: ${other}.`, { help: "Make the folder and its parents yours alone: chmod go-w and the right owner." });
}

/** What is ours is closed to others. */
function refuseLeft(real: string): void {
  const left = leftIn(real);
  if (left) throw new LoomError("HOME_UNSAFE", `LOOM_HOME cannot be used: ${left}.`, { help: "Others could write here once. Look at what is theirs, and remove it or make it yours." });
}

function leftIn(real: string): string | null {
  try {
    return leftByOthers(real);
  } catch (cause) {
    throw unusable(messageOf(cause));
  }
}

async function makeFolder(path: string): Promise<void> {
  await refuseOthers(await nearest(dirname(path)), true);
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (cause) {
    // A file in the folder's place is told in our own words by the caller.
    if ((cause as NodeJS.ErrnoException).code === "EEXIST") return;
    throw unusable(messageOf(cause));
  }
}

function unusable(why: string): LoomError {
  return new LoomError("HOME_UNSAFE", `LOOM_HOME cannot be used: ${why}.`, { help: "Name a folder that you may write, with --home or LOOM_HOME." });
}

/** Whether a text has the form of the home's token. */
export function isToken(text: string): boolean {
  return /^[A-Za-z0-9_-]{43}$/.test(text);
}

/**
 * The local admin token, made at first use: 32 random bytes in base64url.
 * @throws LoomError HOME_UNSAFE when the file holds something else
 */
export async function openToken(home: Home): Promise<string> {
  const file = home.file("token");
  const token = (await createOnce(file, () => `${randomBytes(32).toString("base64url")}\n`)).trim();
  if (!isToken(token)) throw new LoomError("HOME_UNSAFE", `${file} does not hold a token of Loom's.`, { help: DELETE_TOKEN });
  await chmod(file, 0o600);
  return token;
}

/**
 * The token for who asks often, as each request does: read anew only when its file is another or has changed, so that a new
 * token holds at once and an old one no longer. A file that is gone is made again. Empty, which lets nobody in, while the file holds
 * something else: who asks without a credential is not told of it.
 * What it answers with rejects with LoomError STORE_UNAVAILABLE where the file can be neither read nor made, as on a full disk.
 * @param learn hears of each that was read anew
 */
export function followToken(home: Home, learn: (token: string) => void = () => {}): () => Promise<string> {
  let known: { readonly stamp: string; readonly token: string } | null = null;
  return async () => {
    const stamp = stampOf(home.file("token"));
    if (stamp !== null && known?.stamp === stamp) return known.token;
    const token = await openToken(home).catch(emptyIfDamaged);
    if (token !== "") learn(token);
    // The stamp of before: whatever changes while it is read is seen the next time.
    known = stamp === null ? null : { stamp, token };
    return token;
  };
}

/** Its path is nothing for who shows no right token yet. @throws LoomError STORE_UNAVAILABLE where the disk takes or gives nothing */
function emptyIfDamaged(cause: unknown): string {
  if (isLoomError(cause)) return "";
  const code = (cause as NodeJS.ErrnoException).code ?? "no reason given";
  throw new LoomError("STORE_UNAVAILABLE", `Loom can neither read nor make its token: ${code}.`, { help: "See that the disk of LOOM_HOME has room and can be read and written; `loom doctor` looks.", cause });
}

/** At once: it is asked at each request, and to ask a thread for it costs many times what it does. */
function stampOf(file: string): string | null {
  try {
    const { ino, size, mtimeNs } = statSync(file, { bigint: true });
    return `${ino} ${size} ${mtimeNs}`;
  } catch {
    return null;
  }
}
