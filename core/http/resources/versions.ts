import * as z from "zod";
import { LoomError } from "../../errors/loomError.ts";
import { route, type RouteSpec } from "../route.ts";
import * as schemas from "../schemas.ts";
import { sourcesOf, sourcePatches } from "../sourcePatches.ts";
import { versionView } from "../views/version.ts";
import { anyOf, findStrand, type ResourceTools } from "./shared.ts";

/** Definitions and code of strands as they were, and what differs between two of them. */
export function versionRoutes({ services }: ResourceTools): RouteSpec[] {
  const { changes, weave } = services.store;

  const codeOf = async (strandId: string, version: number): Promise<ReadonlyMap<string, string>> => {
    const kept = await weave.version(strandId, version);
    const bundle = kept && (await weave.bundle(kept.bundleHash));
    if (!bundle) throw new LoomError("NOT_FOUND", `The code of version ${version} is not kept.`, { help: "Workflows keep that of their newest 20 versions." });
    return sourcesOf(bundle);
  };

  return [
    route({
      method: "GET",
      path: "/api/loom/strands/:id/versions",
      summary: "The definitions that a strand has had, newest first, the last 200 of them",
      access: "viewer",
      isLong: true,
      query: z.strictObject({ only: anyOf(z.coerce.number().int().min(1)) }),
      answer: { status: 200, schema: z.object({ items: z.array(schemas.version) }) },
      handle: async ({ params, query }) => {
        const { id } = await findStrand(services, params["id"]!);
        const versions = await changes.versions(id, query.only);
        return { body: { items: versions.map((kept) => versionView(kept, services.hostZone)) } };
      },
    }),
    route({
      method: "GET",
      path: "/api/loom/strands/:id/versions/:version/diff",
      summary: "What differs in a workflow's files from one version to another, which is its newest unless told",
      access: "viewer",
      isLong: true,
      query: z.strictObject({ to: z.coerce.number().int().min(1).optional().describe("Number of the other version") }),
      answer: { status: 200, schema: z.object({ files: z.array(schemas.filePatch) }) },
      handle: async ({ params, query }) => {
        const strand = await findStrand(services, params["id"]!);
        if (!/^[1-9]\d{0,8}$/.test(params["version"]!)) throw new LoomError("NOT_FOUND", `There is no version ${params["version"]}.`, { help: "Versions are counted from 1." });
        const [before, after] = await Promise.all([codeOf(strand.id, Number(params["version"])), codeOf(strand.id, query.to ?? strand.version)]);
        return { body: { files: await sourcePatches(before, after) } };
      },
    }),
  ];
}
