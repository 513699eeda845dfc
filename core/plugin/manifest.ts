import semver from "semver";
import * as z from "zod";
import { LoomError, messageOf, type Problem } from "../errors/loomError.ts";
import { PLUGIN_API_VERSION, type Manifest } from "./contract.ts";

/** Ids that would read as a part of Loom, or that JavaScript objects have a meaning for. */
const RESERVED = new Set(["core", "admin", "loom", "plugin", "constructor", "prototype", "__proto__"]);

const text = (max: number) => z.string().trim().min(1).max(max);
const tokens = z.array(text(100)).max(100);

const manifestSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, "must be lower-case letters, digits and hyphens").max(64),
  name: text(100),
  version: z.string().refine((version) => semver.valid(version) !== null, "must be a version such as 1.2.3"),
  apiVersion: z.string().refine((range) => semver.validRange(range) !== null, `must be a version range such as ^${PLUGIN_API_VERSION}`),
  description: text(500).optional(),
  main: text(200).refine((path) => !path.startsWith("/") && !path.split(/[/\\]/).includes(".."), "must lie in the plugin's folder").optional(),
  provides: tokens.optional(),
  needs: tokens.optional(),
  permissions: tokens.optional(),
});

/**
 * Reads a manifest without running any code of the plugin.
 * @param json the text of `manifest.json`
 * @param folder name of the folder that it lies in
 * @throws LoomError PLUGIN_INVALID with every problem, or PLUGIN_API_MISMATCH
 */
export function parseManifest(json: string, folder: string): Manifest {
  const value = parseJson(json);
  const read = manifestSchema.safeParse(value, { error: inWords });
  const problems: Problem[] = read.success ? [] : read.error.issues.map(({ path, message }) => ({ path: path.join("."), message }));
  problems.push(...idProblems(value, folder));
  if (!read.success || problems.length > 0) {
    const words = problems.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join("; ");
    throw new LoomError("PLUGIN_INVALID", `manifest.json is not valid: ${words}`, { problems });
  }
  const manifest = read.data as Manifest;
  if (!semver.satisfies(PLUGIN_API_VERSION, manifest.apiVersion)) {
    throw new LoomError("PLUGIN_API_MISMATCH", `It asks for plugin API ${manifest.apiVersion}; this Loom has ${PLUGIN_API_VERSION}.`);
  }
  return manifest;
}

/** The commonest mistakes in words of ours; undefined leaves the others to zod. */
function inWords(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === "unrecognized_keys") return `there is no field ${issue.keys.join(", ")}`;
  if (issue.code !== "invalid_type") return undefined;
  return issue.input === undefined ? "is missing" : `must be ${issue.expected === "string" ? "text" : `an ${issue.expected}`}`;
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new LoomError("PLUGIN_INVALID", `manifest.json is not JSON: ${messageOf(cause)}`, { cause });
  }
}

function idProblems(value: unknown, folder: string): Problem[] {
  const id = typeof value === "object" && value !== null && "id" in value ? value.id : undefined;
  if (typeof id !== "string") return [];
  if (RESERVED.has(id)) return [{ path: "id", message: `"${id}" is reserved` }];
  if (id !== folder) return [{ path: "id", message: `"${id}" must be the name of the folder, "${folder}"` }];
  return [];
}
