import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { mkdir, open, rename, stat, unlink } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, dirname, isAbsolute, join } from "node:path";
import { defineOperation } from "loom-gateway";
import * as z from "zod";
import { follow } from "./paths/follow.ts";

const MOST_BYTES = 524_288;
const NEW_FILE_MODE = 0o644;

const path = z
  .string()
  .refine((text) => isAbsolute(text) || text.startsWith("~/"), "Begin with / or ~/: nobody knows in which folder a workflow runs.")
  .describe("Path of the file, from / or ~/ on.");

const read = defineOperation({
  id: "file.read",
  label: "READ FILE",
  description: "Reads a file as text, as JSON, or as bytes in base64.",
  input: z.strictObject({
    path,
    as: z.enum(["text", "json", "base64"]).default("text").describe("What its content is given as."),
    maxBytes: z.int().min(0).max(MOST_BYTES).default(MOST_BYTES).describe("The most that it may hold."),
  }),
  async run({ path, as, maxBytes }, ctx) {
    // A pipe that nobody writes into would be waited for.
    await using file = await open(await follow(placeOf(path)), constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = await file.stat();
    if (!stats.isFile()) throw new Error(`${path} is no file.`);
    const data = await upTo(file.createReadStream({ end: maxBytes, autoClose: false, signal: ctx.signal }));
    if (data.byteLength > maxBytes) throw new Error(`${path} has more than ${maxBytes} bytes.`);
    return { bytes: data.byteLength, modifiedAt: stats.mtime.toISOString(), ...contentOf(path, data, as) };
  },
});

const write = defineOperation({
  id: "file.write",
  label: "WRITE FILE",
  description: "Puts content in the place of a file's, all of it or nothing.",
  input: z
    .strictObject({
      path,
      text: z.string().optional(),
      json: z.json().optional(),
      base64: z.base64().optional(),
      mode: z.string().regex(/^0?[0-7]{3}$/, "Write it as chmod takes it: 0600").optional().describe("Who may do what with it, such as 0600. Default: as before; 0644 for a new file."),
      mkdir: z.boolean().default(false).describe("Make its folder when that is missing."),
    })
    .refine(({ text, json, base64 }) => [text, json, base64].filter((content) => content !== undefined).length === 1, "Give one of text, json and base64."),
  async run({ path, text, json, base64, mode, mkdir: makesFolder }) {
    const data = base64 === undefined ? Buffer.from(text ?? `${JSON.stringify(json, null, 2)}\n`) : Buffer.from(base64, "base64");
    // A link stays a link: the file that it leads to is replaced.
    const target = await follow(placeOf(path));
    if (makesFolder) await mkdir(dirname(target), { recursive: true });
    const before = await stat(target).catch(() => null);
    if (before && !before.isFile()) throw new Error(`${path} is no file.`);
    await replace(target, data, mode === undefined ? (before?.mode ?? NEW_FILE_MODE) & 0o777 : Number.parseInt(mode, 8));
    return { path: target, bytes: data.byteLength };
  },
});

export const operations = [read, write];

/** Writes beside the file and then puts that in its place, so that nobody ever sees half of it. */
async function replace(target: string, data: Buffer, mode: number): Promise<void> {
  const beside = join(dirname(target), `.${basename(target).slice(0, 100)}.${randomUUID()}`);
  try {
    {
      await using file = await open(beside, "wx", 0o600);
      await file.writeFile(data);
      await file.chmod(mode);
      await file.sync();
    }
    await rename(beside, target);
  } catch (error) {
    // The name alone: `rm` follows a link that it may not remove, and empties the folder that it leads to.
    await unlink(beside).catch(() => {});
    throw error;
  }
}

async function upTo(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function contentOf(path: string, data: Buffer, as: "text" | "json" | "base64"): { text: string } | { json: unknown } | { base64: string } {
  if (as === "base64") return { base64: data.toString("base64") };
  if (as === "text") return { text: data.toString() };
  try {
    return { json: JSON.parse(data.toString()) as unknown };
  } catch {
    throw new Error(`${path} holds no JSON.`);
  }
}

function placeOf(path: string): string {
  return path.startsWith("~/") ? join(homedir(), path.slice(2)) : path;
}
