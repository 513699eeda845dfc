import * as z from "zod";
import type { Wanted } from "../../command/contract.ts";
import type { Json } from "../../mirror/contract.ts";
import { strandStatus } from "../../registry/strandStatus.ts";
import type { CommandKind, StrandRecord } from "../../store/contract.ts";
import { keyOf } from "../guards/answers.ts";
import { route, type ApiAnswer, type RouteSpec } from "../route.ts";
import * as schemas from "../schemas.ts";
import { commandView } from "../views/command.ts";
import { runView } from "../views/run.ts";
import { inPieces, LastList, listJson } from "./listJson.ts";
import { pageById } from "./paging.ts";
import { anyOf, findStrand, onceKeyOf, type ResourceTools } from "./shared.ts";
import { StrandSearch } from "./strandSearch.ts";

const COMMANDS_SHOWN = 20;

const listQuery = schemas.pageQuery.extend({
  status: anyOf(schemas.strandStatus),
  source: z.string().max(300).optional().describe("Id of a source"),
  node: z.string().max(300).optional().describe("Id or name of a node"),
  q: z.string().max(300).optional().describe("Part of a name, description, command or id"),
  without: z.literal("recent").optional().describe("`recent`: leaves out the newest runs, which are two thirds of the answer"),
});
type ListQuery = z.output<typeof listQuery>;

/** It has come as JSON: to look at each value anew would take a third of a second. */
const input = z.unknown() as z.ZodType<Json>;

const accepted = { status: 202, schema: z.object({ command: schemas.command }) };

/** Strands: the list, one of them, its runs, and what may be asked of its owner. */
export function strandRoutes(tools: ResourceTools): RouteSpec[] {
  const { services, clock, nodes, strands } = tools;
  const search = new StrandSearch(() => clock.mono());
  const [whole, brief] = [new LastList(), new LastList()];

  const ask = async (wanted: Wanted): Promise<ApiAnswer> => ({ body: { command: commandView(await services.commands.ask(wanted)) } });

  return [
    route({
      method: "GET",
      path: "/api/loom/strands",
      summary: "Every strand, in the order of their ids",
      access: "viewer",
      query: listQuery,
      answer: { status: 200, schema: schemas.page(schemas.listedStrand) },
      handle: async ({ query, caller }) => {
        const selected = select([...services.index.strands()], query, services);
        const page = pageById(query.q === undefined ? selected : await search.find(keyOf(caller), selected, query.q), query);
        const [list, piecesOf] = query.without ? [brief, (strand: StrandRecord) => strands.briefJson(strand)] : [whole, (strand: StrandRecord) => strands.json(strand)];
        const { items, next } = inPieces(page, piecesOf);
        return { raw: list.json(items, next) };
      },
    }),
    route({
      method: "GET",
      path: "/api/loom/recent-runs",
      summary: "The newest runs of every strand, in the order of the strands' ids",
      access: "viewer",
      query: schemas.pageQuery,
      answer: { status: 200, schema: schemas.page(schemas.recentRuns) },
      handle: ({ query }) => {
        const page = pageById([...services.index.strands()], query);
        const { items, next } = inPieces(page, (strand) => [Buffer.from(`{"strandId":${JSON.stringify(strand.id)},"runs":`), strands.recentJson(strand), CLOSE]);
        return { raw: listJson(items, next) };
      },
    }),
    route({
      method: "GET",
      path: "/api/loom/strands/:id",
      summary: "One strand with its definition, its next ten firings and what was asked of it last",
      access: "viewer",
      answer: { status: 200, schema: schemas.strandDetail },
      handle: async ({ params }) => {
        const strand = await findStrand(services, params["id"]!);
        const commands = await services.store.commands.list({ strandId: strand.id, limit: COMMANDS_SHOWN });
        return { body: strands.detail(strand, commands.items) };
      },
    }),
    route({
      method: "GET",
      path: "/api/loom/strands/:id/runs",
      summary: "The runs of a strand, newest first",
      access: "viewer",
      query: schemas.pageQuery.extend({ status: anyOf(schemas.runStatus) }),
      answer: { status: 200, schema: schemas.page(schemas.run) },
      handle: async ({ params, query }) => {
        const strand = await findStrand(services, params["id"]!);
        const { limit, cursor, status } = query;
        const page = await services.store.runs.list({ strandId: strand.id, limit, cursor: cursor ?? null, ...(status && { status }) });
        return { body: { items: page.items.map((run) => runView(run, nodes)), next: page.next } };
      },
    }),
    route({
      method: "POST",
      path: "/api/loom/strands/:id/enabled",
      summary: "Asks the owner of a strand to switch it on or off; null lets the file of a workflow say it again",
      access: "operator",
      body: z.strictObject({
        enabled: z.boolean().nullable(),
        makeUp: z.boolean().optional().describe("Of a workflow: firings that fell while it was off are made up for, as its misfire policy says"),
      }),
      once: true,
      answer: accepted,
      handle: ({ params, body: { enabled, makeUp }, caller, headers }) =>
        ask({ strandId: params["id"]!, kind: switchKind(enabled), by: caller.name, onceKey: onceKeyOf(headers), ...(makeUp !== undefined && { makeUp }) }),
    }),
    route({
      method: "POST",
      path: "/api/loom/strands/:id/run",
      summary: "Asks the owner of a strand to run it now; a workflow takes an input, and has begun when this answers",
      access: "operator",
      body: z.strictObject({ input: input.optional().describe("Of a workflow that takes one") }).optional(),
      once: true,
      answer: accepted,
      handle: ({ params, body, caller, headers }) =>
        ask({ strandId: params["id"]!, kind: "run", by: caller.name, onceKey: onceKeyOf(headers), ...(body?.input !== undefined && { input: body.input }) }),
    }),
  ];
}

function switchKind(enabled: boolean | null): CommandKind {
  if (enabled === null) return "reset";
  return enabled ? "enable" : "disable";
}

function select(strands: StrandRecord[], { status, source, node }: ListQuery, { node: self }: ResourceTools["services"]): StrandRecord[] {
  const nodeId = node === self.name ? self.id : node;
  return strands.filter((strand) => (!status || status.includes(strandStatus(strand))) && (source === undefined || strand.sourceId === source) && (nodeId === undefined || strand.nodeId === nodeId));
}

const CLOSE = Buffer.from("}");
