import { brief, briefNames } from "../brief.ts";
import { catalogue, type ErrorCode } from "../errors/catalogue.ts";
import { isLoomError, LoomError, type Problem } from "../errors/loomError.ts";
import type * as z from "zod";
import type { problemDetails } from "./schemas.ts";

export type ProblemDetails = z.infer<typeof problemDetails>;

/**
 * An error as the caller may see it (RFC 9457). What is no `LoomError` is a fault of our own: it is shown as INTERNAL,
 * with nothing of it but `instance`, the id under which the log holds it.
 * Nothing is hidden here: an answer that hid what the asker has sent would tell who guesses that it is a secret.
 */
export function problemOf(error: unknown, instance: string): ProblemDetails {
  const shown = isLoomError(error) ? error : new LoomError("INTERNAL", "Something went wrong inside Loom.");
  return {
    type: `urn:loom:problem:${shown.code}`,
    title: titleOf(shown.code),
    status: catalogue[shown.code].status,
    code: shown.code,
    detail: shown.message,
    help: shown.help,
    instance,
    ...(shown.problems.length > 0 && { problems: [...shown.problems] }),
    ...(shown.retryAfterMs !== undefined && { retryAfterMs: shown.retryAfterMs }),
  };
}

/** Headers that go with a problem. */
export function problemHeaders(problem: ProblemDetails): Record<string, string> {
  return {
    "Content-Type": "application/problem+json; charset=utf-8",
    "Cache-Control": "no-store",
    ...(problem.status === 401 && { "WWW-Authenticate": 'Bearer realm="loom"' }),
    ...(problem.retryAfterMs !== undefined && { "Retry-After": String(Math.ceil(problem.retryAfterMs / 1000)) }),
    // What is left of a refused body is not read.
    ...((problem.status === 413 || problem.status === 415) && { Connection: "close" }),
  };
}

/** Who sends fifty thousand wrong fields is told of some: an answer is not to be many times as long as what it answers. */
const MOST_PROBLEMS = 20;

/** The first issues that a schema found, as BAD_INPUT. */
export function badInput(where: "query" | "body", issues: readonly z.core.$ZodIssue[]): LoomError {
  const problems = issues.slice(0, MOST_PROBLEMS).flatMap(problemsOf).slice(0, MOST_PROBLEMS);
  return new LoomError("BAD_INPUT", `The ${where} is not what this address takes: ${problems.map((p) => `${p.path || where}: ${p.message}`).join("; ")}`, { problems });
}

function problemsOf(issue: z.core.$ZodIssue): Problem[] {
  if (issue.code === "unrecognized_keys") return briefNames(issue.keys).map((key) => ({ path: pathOf([...issue.path, key]), message: "is not known here", mend: "Leave it out." }));
  return [{ path: pathOf(issue.path), message: issue.message }];
}

function pathOf(path: readonly PropertyKey[]): string {
  return path.map((part) => brief(String(part))).join(".");
}

function titleOf(code: ErrorCode): string {
  const words = code.toLowerCase().replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
