import { LoomError } from "../../errors/loomError.ts";
import { route, type RouteSpec } from "../route.ts";
import * as schemas from "../schemas.ts";
import type { SourceRecord } from "../../store/contract.ts";
import { sourceView } from "../views/source.ts";
import { pageById } from "./paging.ts";
import type { ResourceTools } from "./shared.ts";

/** The schedulers that are mirrored, and how fresh what is known of them is. */
export function sourceRoutes({ services, nodes }: ResourceTools): RouteSpec[] {
  const shown = (source: SourceRecord, strands: number): schemas.SourceView => sourceView(source, strands, nodes, services.sources.lastGoodReadAt(source.id) ?? undefined);
  const sourceNow = async (id: string): Promise<schemas.SourceView> => {
    await services.index.settled();
    const source = services.index.source(id);
    if (!source) throw new LoomError("NOT_FOUND", `There is no source ${id}.`, { help: "Check the id; `loom sources` lists what there is." });
    const strands = [...services.index.strands()].filter((strand) => strand.sourceId === id && strand.goneAt === null);
    return shown(source, strands.length);
  };
  return [
    route({
      method: "GET",
      path: "/api/loom/sources",
      summary: "Every source with its health",
      access: "viewer",
      query: schemas.pageQuery,
      answer: { status: 200, schema: schemas.page(schemas.source) },
      handle: ({ query }) => {
        const strands = Map.groupBy([...services.index.strands()].filter((strand) => strand.goneAt === null), (strand) => strand.sourceId);
        const items = [...services.index.sources()].map((source) => shown(source, strands.get(source.id)?.length ?? 0));
        return { body: pageById(items, query) };
      },
    }),
    route({
      method: "POST",
      path: "/api/loom/sources/:id/look",
      summary: "Reads a source now, and answers how it is then",
      access: "operator",
      answer: { status: 200, schema: schemas.source },
      handle: async ({ params }) => {
        await services.sources.look(params["id"]!);
        return { body: await sourceNow(params["id"]!) };
      },
    }),
    route({
      method: "POST",
      path: "/api/loom/sources/:id/accept",
      summary: "Believes what a suspect source says now: strands that it does not show any more go",
      access: "operator",
      answer: { status: 200, schema: schemas.source },
      handle: async ({ params }) => {
        await services.sources.accept(params["id"]!);
        return { body: await sourceNow(params["id"]!) };
      },
    }),
  ];
}
