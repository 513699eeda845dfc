import { describe, expect, it } from "vitest";
import type { Executor } from "../plugin/contract.ts";
import { quietLog } from "../testing/quietLog.ts";
import { createRegistry, type Entry, type Kind } from "./registry.ts";

const executor = (kind: string): Executor => ({ kind, recovery: "retry", execute: async () => undefined });

function record<T>(kind: Kind<T>): string[] {
  const heard: string[] = [];
  const say = (what: string) => (entry: Entry<T>, more?: unknown) =>
    heard.push(`${what} ${entry.key} by ${entry.owner.plugin}#${entry.owner.generation}${typeof more === "string" ? ` ${more}` : ""}`);
  kind.on({ added: say("added"), replaced: say("replaced"), removed: say("removed") });
  return heard;
}

describe("registry", () => {
  const setUp = () => {
    const registry = createRegistry({ log: quietLog });
    return { registry, heard: record(registry.executors) };
  };

  it("shows nothing of a staged holding before it is swapped in", () => {
    const { registry, heard } = setUp();
    const holding = registry.stage({ plugin: "a", generation: 1 });
    holding.add("executors", executor("ssh"));
    expect(registry.executors.list()).toEqual([]);
    expect(heard).toEqual([]);
    registry.swap(null, holding);
    expect(registry.executors.get("ssh")?.owner).toEqual({ plugin: "a", generation: 1 });
    expect(heard).toEqual(["added ssh by a#1"]);
  });

  it("tells what the next generation keeps, drops and brings", () => {
    const { registry, heard } = setUp();
    const first = registry.stage({ plugin: "a", generation: 1 });
    first.add("executors", executor("stays"));
    const early = first.add("executors", executor("goes"));
    registry.swap(null, first);
    heard.length = 0;
    const second = registry.stage({ plugin: "a", generation: 2 });
    second.add("executors", executor("stays"));
    second.add("executors", executor("comes"));
    registry.swap(first, second);
    expect(heard).toEqual(["removed goes by a#1 unloaded", "replaced stays by a#2", "added comes by a#2"]);
    early[Symbol.dispose]();
    expect(registry.executors.list().map((entry) => entry.key)).toEqual(["stays", "comes"]);
  });

  it("leaves the new generation alone when the old one's registrations are undone late", () => {
    const { registry } = setUp();
    const first = registry.stage({ plugin: "a", generation: 1 });
    const undo = first.add("executors", executor("ssh"));
    registry.swap(null, first);
    const second = registry.stage({ plugin: "a", generation: 2 });
    second.add("executors", executor("ssh"));
    registry.swap(first, second);
    undo[Symbol.dispose]();
    expect(registry.executors.get("ssh")?.owner.generation).toBe(2);
  });

  it("refuses a key that another plugin holds, and names the holder", () => {
    const { registry } = setUp();
    const a = registry.stage({ plugin: "a", generation: 1 });
    a.add("executors", executor("ssh"));
    registry.swap(null, a);
    const b = registry.stage({ plugin: "b", generation: 1 });
    expect(() => b.add("executors", executor("ssh"))).toThrow('The executor "ssh" is there already: plugin "a" registered it');
  });

  it("changes nothing when a key was taken between staging and swapping", () => {
    const { registry } = setUp();
    const [a, b] = ["a", "b"].map((plugin) => registry.stage({ plugin, generation: 1 }));
    a!.add("executors", executor("ssh"));
    b!.add("executors", executor("other"));
    b!.add("executors", executor("ssh"));
    registry.swap(null, a!);
    expect(() => registry.swap(null, b!)).toThrow("there already");
    expect(registry.executors.list().map((entry) => entry.key)).toEqual(["ssh"]);
  });

  it("tells why entries go", () => {
    const { registry, heard } = setUp();
    const a = registry.stage({ plugin: "a", generation: 1 });
    registry.swap(null, a);
    const ssh = a.add("executors", executor("ssh"));
    a.add("executors", executor("shell"));
    ssh[Symbol.dispose]();
    registry.remove(a, "stopping");
    expect(heard).toEqual(["added ssh by a#1", "added shell by a#1", "removed ssh by a#1 unloaded", "removed shell by a#1 stopping"]);
  });

  it("goes on when a listener throws", () => {
    const { registry, heard } = setUp();
    registry.executors.on({ added: () => { throw new Error("listener"); } });
    const later = record(registry.executors);
    const a = registry.stage({ plugin: "a", generation: 1 });
    registry.swap(null, a);
    a.add("executors", executor("ssh"));
    expect(later).toEqual(heard);
  });

  it("keeps equal ids of strands, widgets and routes apart by plugin", () => {
    const { registry } = setUp();
    for (const plugin of ["a", "b"]) {
      const holding = registry.stage({ plugin, generation: 1 });
      holding.add("widgets", { id: "w", title: "W", read: () => [] });
      holding.add("routes", { method: "GET", path: "/x", handle: () => ({ body: null }) });
      registry.swap(null, holding);
    }
    expect(registry.widgets.list().map((entry) => entry.key)).toEqual(["a:w", "b:w"]);
    expect(registry.routes.list().map((entry) => entry.key)).toEqual(["GET /plugins/a/x", "GET /plugins/b/x"]);
  });
});
