import * as z from "zod";
import { LONGEST_KEY, route, type RouteSpec } from "./route.ts";
import * as schemas from "./schemas.ts";

type Json = Record<string, unknown>;

/** Shapes that have a name of their own in the document. */
const named = {
  Strand: schemas.strand,
  StrandDetail: schemas.strandDetail,
  ListedStrand: schemas.listedStrand,
  Run: schemas.run,
  RunDetail: schemas.runDetail,
  RunTick: schemas.runTick,
  StepRun: schemas.stepRun,
  Attempt: schemas.attempt,
  Artifact: schemas.artifact,
  RunAnswer: schemas.runAnswer,
  WorkflowFile: schemas.workflowFile,
  PauseReport: schemas.pauseReport,
  Command: schemas.command,
  Source: schemas.source,
  Node: schemas.node,
  Plugin: schemas.plugin,
  Gateway: schemas.gateway,
  Event: schemas.event,
  Problem: schemas.problemDetails,
};

const IDEMPOTENCY_KEY: Json = {
  name: "Idempotency-Key",
  in: "header",
  required: false,
  schema: { type: "string", maxLength: LONGEST_KEY },
  description: "Of a request that may be sent again: the same key has the same effect once",
};

/** The API as an OpenAPI 3.1 document, from the table that the router is made of and the schemas that validate. */
function openApi(routes: readonly RouteSpec[], version: string): Json {
  const shapes = new Shapes();
  const paths: Record<string, Json> = {};
  for (const spec of routes) (paths[templateOf(spec.path)] ??= {})[spec.method.toLowerCase()] = operation(spec, shapes);
  for (const schema of Object.values(named)) shapes.of(schema, "output");
  return {
    openapi: "3.1.0",
    info: { title: "Loom", version, description: "Every scheduled job on your machines. The live feed at /ws/loom is described in docs/api.md." },
    paths,
    components: {
      schemas: shapes.components,
      securitySchemes: {
        token: { type: "http", scheme: "bearer", description: "The token in LOOM_HOME/token" },
        cookie: { type: "apiKey", in: "cookie", name: "loom_session_<port>", description: "One half of a session" },
        key: { type: "apiKey", in: "header", name: "X-Loom-Key", description: "The other half" },
      },
    },
  };
}

/** The document as an address of the API, which is in the document itself. */
export function openApiRoute(routes: () => readonly RouteSpec[], version: string): RouteSpec {
  // Made once: that takes a hundred times as long as any other answer.
  let document: string | undefined;
  return route({
    method: "GET",
    path: "/openapi.json",
    summary: "This document",
    access: "viewer",
    answer: { status: 200, schema: z.record(z.string(), z.unknown()) },
    handle: () => ({ raw: (document ??= JSON.stringify(openApi(routes(), version))) }),
  });
}

function operation(spec: RouteSpec, shapes: Shapes): Json {
  const problem = { description: "Refused", content: { "application/problem+json": { schema: shapes.of(schemas.problemDetails, "output") } } };
  return {
    operationId: operationId(spec),
    summary: spec.summary,
    security: securityOf(spec),
    ...(spec.access !== "open" && { "x-loom-role": spec.access }),
    parameters: [...pathParameters(spec), ...queryParameters(spec, shapes), ...(spec.once ? [IDEMPOTENCY_KEY] : [])],
    ...(spec.body && { requestBody: requestBody(spec.body, shapes) }),
    responses: { [spec.answer.status]: answerOf(spec, shapes), default: problem },
  };
}

function requestBody(body: NonNullable<RouteSpec["body"]>, shapes: Shapes): Json {
  if (body === "raw") return { required: true, content: { "*/*": { schema: {} } } };
  return { required: !body.safeParse(undefined).success, content: { "application/json": { schema: shapes.of(body, "input") } } };
}

function securityOf({ access, bearerOnly }: RouteSpec): Json[] {
  if (access === "open") return [];
  return bearerOnly ? [{ token: [] }] : [{ token: [] }, { cookie: [], key: [] }];
}

function answerOf({ summary, answer }: RouteSpec, shapes: Shapes): Json {
  if (answer.schema === null) return { description: summary };
  if (typeof answer.schema === "string") {
    const json = answer.orJson && { "application/json": { schema: shapes.of(answer.orJson, "output") } };
    return { description: summary, content: { [answer.schema.split(";")[0]!]: { schema: { type: "string" } }, ...json } };
  }
  return { description: summary, content: { "application/json": { schema: shapes.of(answer.schema, "output") } } };
}

function pathParameters({ path }: RouteSpec): Json[] {
  return [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({ name, in: "path", required: true, schema: { type: "string" } }));
}

function queryParameters({ query }: RouteSpec, shapes: Shapes): Json[] {
  if (!query) return [];
  const { properties = {}, required = [] } = shapes.of(query, "input") as { properties?: Record<string, Json>; required?: string[] };
  return Object.entries(properties).map(([name, schema]) => ({ name, in: "query", required: required.includes(name), schema }));
}

function templateOf(path: string): string {
  return path.replace(/:(\w+)/g, "{$1}");
}

function operationId({ method, path }: RouteSpec): string {
  return [method.toLowerCase(), ...path.replace("/api/loom", "").split(/[^\w]+/).filter(Boolean)].join("_");
}

/** Turns schemas into JSON Schema; those with a name go to the components and are referred to. */
class Shapes {
  readonly components: Record<string, unknown> = {};
  readonly #names = z.registry<{ id: string }>();

  constructor() {
    for (const [id, schema] of Object.entries(named)) this.#names.add(schema, { id });
  }

  of(schema: z.ZodType, io: "input" | "output"): Json {
    const made = z.toJSONSchema(schema, { io, metadata: this.#names, unrepresentable: "any", target: "draft-2020-12" });
    const { $schema: _dialect, $defs = {}, ...shape } = JSON.parse(JSON.stringify(made).replaceAll("#/$defs/", "#/components/schemas/")) as Json & { $defs?: Json };
    for (const [name, definition] of Object.entries($defs)) this.components[name] ??= withoutId(definition as Json);
    const id = this.#names.get(schema)?.id;
    if (id === undefined) return withoutId(shape);
    this.components[id] ??= withoutId(shape);
    return { $ref: `#/components/schemas/${id}` };
  }
}

function withoutId({ id: _id, $id: _alsoId, ...rest }: Json): Json {
  return rest;
}
