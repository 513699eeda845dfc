import { afterAll, beforeAll, expect, test } from "vitest";
import { openDoor, type Door } from "../../test/support/door.ts";

let door: Door;
let document: any;

beforeAll(async () => {
  door = await openDoor();
  document = (await door.get("/openapi.json")).json;
});
afterAll(() => door[Symbol.asyncDispose]());

test("the document tells every route, and no other", () => {
  const told = Object.entries<object>(document.paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`));
  const served = door.http.routes.map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, "{$1}")}`);
  expect(told.toSorted()).toEqual(served.toSorted());
  expect(served.length).toBe(new Set(served).size);
});

test("it is an OpenAPI 3.1 document whose references all lead somewhere", () => {
  expect(document).toMatchObject({ openapi: "3.1.0", info: { title: "Loom", version: "0.0.0" } });
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, reference]) => reference!);
  expect(references.length).toBeGreaterThan(20);
  for (const reference of references) expect(document.components.schemas, reference).toHaveProperty(reference.replace("#/components/schemas/", ""));
});

test("every operation has a name of its own, its parameters, its answers and what it needs", () => {
  const operations = Object.entries<Record<string, any>>(document.paths).flatMap(([path, methods]) => Object.values(methods).map((operation) => ({ path, operation })));
  expect(new Set(operations.map(({ operation }) => operation.operationId)).size).toBe(operations.length);
  for (const { path, operation } of operations) {
    const inPath = operation.parameters.filter((parameter: any) => parameter.in === "path").map((parameter: any) => parameter.name);
    expect(inPath).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
    expect(Object.keys(operation.responses)).toContain("default");
    for (const requirement of operation.security) for (const scheme of Object.keys(requirement)) expect(document.components.securitySchemes).toHaveProperty(scheme);
  }
  expect(document.paths["/api/loom/strands"].get.parameters.map((parameter: any) => parameter.name)).toEqual(["limit", "cursor", "status", "source", "node", "q", "without"]);
  expect(document.paths["/api/loom/strands"].get.responses["200"].content["application/json"].schema.properties.items.items).toEqual({ $ref: "#/components/schemas/ListedStrand" });
  expect(document.paths["/api/loom/strands/{id}/enabled"].post.requestBody.content["application/json"].schema).toMatchObject({ required: ["enabled"] });
  expect(document.paths["/healthz"].get.security).toEqual([]);
});
