import { describe, expect, it } from "vitest";
import { isLoomError, type LoomError } from "../errors/loomError.ts";
import { parseManifest } from "./manifest.ts";

const good = { id: "my-plugin", name: "Mine", version: "1.0.0", apiVersion: "^1.0.0" };

function refusal(manifest: object | string, folder = "my-plugin"): LoomError {
  try {
    parseManifest(typeof manifest === "string" ? manifest : JSON.stringify(manifest), folder);
  } catch (error) {
    if (isLoomError(error)) return error;
  }
  return expect.fail("it was accepted");
}

describe("manifest", () => {
  it("takes the four fields that it needs, and the others when they are there", () => {
    expect(parseManifest(JSON.stringify(good), "my-plugin")).toEqual(good);
    const full = { ...good, description: "d", main: "src/index.ts", provides: ["a"], needs: ["b"], permissions: ["net"] };
    expect(parseManifest(JSON.stringify(full), "my-plugin")).toEqual(full);
  });

  it("tells all problems at once", () => {
    const error = refusal({ id: "Bad Id", version: "one", apiVersion: "?", main: "../out.ts", extra: 1 });
    expect(error.code).toBe("PLUGIN_INVALID");
    expect(error.problems.map((problem) => problem.path).toSorted()).toEqual(["", "apiVersion", "id", "id", "main", "name", "version"]);
  });

  it("says in plain words what is missing, of the wrong kind, or not known", () => {
    expect(refusal({ id: "my-plugin", version: 1, apiVersion: "^1.0.0", needs: "a", colour: "red" }).problems).toEqual([
      { path: "name", message: "is missing" },
      { path: "version", message: "must be text" },
      { path: "needs", message: "must be an array" },
      { path: "", message: "there is no field colour" },
    ]);
  });

  it.each(["core", "admin", "constructor", "__proto__"])("refuses the reserved id %s", (id) => {
    expect(refusal({ ...good, id }, id).problems).toContainEqual({ path: "id", message: `"${id}" is reserved` });
  });

  it("refuses a __proto__ key", () => {
    expect(refusal(`{"__proto__": {"polluted": true}, ${JSON.stringify(good).slice(1)}`).problems[0]?.message).toContain("__proto__");
    expect(({} as { polluted?: true }).polluted).toBeUndefined();
  });

  it("wants the folder's name as id", () => {
    expect(refusal(good, "other").problems).toEqual([{ path: "id", message: '"my-plugin" must be the name of the folder, "other"' }]);
  });

  it("refuses another plugin API", () => {
    expect(refusal({ ...good, apiVersion: "^2.0.0" })).toMatchObject({ code: "PLUGIN_API_MISMATCH", message: "It asks for plugin API ^2.0.0; this Loom has 1.0.0." });
  });

  it("says what is wrong with text that is not JSON", () => {
    expect(refusal('{"id": ')).toMatchObject({ code: "PLUGIN_INVALID", message: expect.stringContaining("manifest.json is not JSON") });
  });
});
