import { Readable } from "node:stream";
import * as z from "zod";
import { LoomError } from "../../errors/loomError.ts";
import { findLines, MOST_LINES } from "../findLines.ts";
import { route, type RouteSpec } from "../route.ts";
import * as schemas from "../schemas.ts";
import { artifactParts } from "../artifactParts.ts";
import { outputParts, outputText, SEARCHED_BYTES } from "../stepOutput.ts";
import type { ResourceTools } from "./shared.ts";

/** At once, as JSON: a text of control characters is six times as long there, and many may ask. */
const MOST_BYTES = 128 * 1024;
const USUAL_BYTES = 64 * 1024;
const USUAL_LINES = 100;
/** A part is read when the one before it has been taken. */
const ONE_BY_ONE = { objectMode: false } as const;

const outputQuery = z.strictObject({
  download: z.enum(["0", "1"]).optional().describe("`1`: as a file to save"),
  after: z.coerce.number().int().min(0).optional().describe("As JSON: what follows this byte, `limit` bytes at most"),
  search: z.string().min(1).max(300).optional().describe("As JSON: the lines that hold this, whatever the case, `limit` lines at most"),
  limit: z.coerce.number().int().min(1).max(MOST_BYTES).optional().describe(`${USUAL_BYTES} bytes or ${USUAL_LINES} lines, unless told; at most ${MOST_BYTES} or ${MOST_LINES}`),
});

/** What steps printed, and the files that they left. */
export function outputRoutes({ services: { store } }: ResourceTools): RouteSpec[] {
  return [
    route({
      method: "GET",
      path: "/api/loom/runs/:id/steps/:step/output",
      summary: "The output of a step as far as it is kept: its first and its last part, where it was longer",
      access: "viewer",
      query: outputQuery,
      answer: { status: 200, schema: "text/plain; charset=utf-8", orJson: z.union([schemas.outputPart, schemas.outputLines]) },
      handle: async ({ params, query: { download, after, search, limit } }) => {
        const [id, step] = [params["id"]!, params["step"]!];
        const part = await store.driven.outputAfter(id, step, after ?? 0, limit ?? USUAL_BYTES);
        const asText = after === undefined && search === undefined;
        if (!part || (asText && part.bytes === 0)) throw new LoomError("NOT_FOUND", "This step has no output, or there is no such step.");
        if (search !== undefined) return { body: await findLines(outputParts(store, id, step, SEARCHED_BYTES), search, limit ?? USUAL_LINES) };
        if (after !== undefined) return { body: part };
        return { raw: Readable.from(outputText(outputParts(store, id, step)), ONE_BY_ONE), ...(download === "1" && { headers: { "Content-Disposition": 'attachment; filename="output.txt"' } }) };
      },
    }),
    route({
      method: "GET",
      path: "/api/loom/runs/:id/steps/:step/artifacts/:name",
      summary: "An artifact of a step, as a file to save",
      access: "viewer",
      answer: { status: 200, schema: "application/octet-stream" },
      handle: async ({ params }) => {
        const name = params["name"]!;
        const [id, step] = [params["id"]!, params["step"]!];
        const first = await store.driven.artifactAfter(id, step, name, 0);
        if (!first) throw new LoomError("NOT_FOUND", `This step has no artifact ${name}, or there is no such step.`, { help: "`artifacts` of the run lists what there is." });
        return { raw: Readable.from(artifactParts(store, { id, step, name }, first), ONE_BY_ONE), headers: { "Content-Length": String(first.bytes), "Content-Disposition": attachment(name) } };
      },
    }),
  ];
}

/** What turns letters around makes a program look like a picture where its name is shown. */
const turning = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Never shown in the browser: what a step made may be a page with scripts of its own. */
function attachment(name: string): string {
  const plain = name.replace(/[^\w.-]+/g, "_");
  const encoded = encodeURIComponent(name.replace(turning, "_")).replace(/['()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`;
}
