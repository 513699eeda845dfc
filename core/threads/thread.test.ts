import { once } from "node:events";
import { expect, it } from "vitest";
import { Thread } from "./thread.ts";

/** A module that does this with `port` and `data`. */
const module = (body: string): URL => new URL(`data:text/javascript,${encodeURIComponent(`export function serve(port, data) { ${body} }`)}`);

it("several modules work in one thread, each with its own data and port", async () => {
  const thread = new Thread("test");
  const whereAndWhat = module('import("node:worker_threads").then(({ threadId }) => port.postMessage([threadId, data]));');
  const [one, two] = [thread.run(whereAndWhat, "one"), thread.run(whereAndWhat, "two")];
  const [[[first, toOne]], [[second, toTwo]]] = await Promise.all([once(one, "message"), once(two, "message")]);
  expect([toOne, toTwo]).toEqual(["one", "two"]);
  expect(first).toBe(second);
  await thread.end();
});

it("loads at once what is going to work in it, and outlives what cannot be loaded", async () => {
  const news = new BroadcastChannel("loaded");
  const loaded = new Promise((resolve) => (news.onmessage = ({ data }) => resolve(data)));
  const soon = new URL('data:text/javascript,const to = new BroadcastChannel("loaded"); to.postMessage("it is"); to.close(); export function serve(port) { port.postMessage("it works"); }');
  const thread = new Thread("test", [new URL("data:text/javascript,nonsense nonsense"), soon]);
  expect(await loaded).toBe("it is");
  expect(await once(thread.run(soon, null), "message")).toEqual(["it works"]);
  news.close();
  await thread.end();
});

it("a module that closes its port leaves the others alone", async () => {
  const thread = new Thread("test");
  const echo = thread.run(module('port.on("message", (text) => port.postMessage(text));'), null);
  await once(thread.run(module("port.close();"), null).on("message", () => {}), "close");
  echo.postMessage("still here");
  expect(await once(echo, "message")).toEqual(["still here"]);
  await thread.end();
});

it("what ends the thread closes every port into it, and is told", async () => {
  const thread = new Thread("test");
  const other = thread.run(module(""), null);
  const failing = thread.run(module('port.on("message", () => { throw new Error("out of luck"); });'), null);
  const closed = Promise.all([once(other.on("message", () => {}), "close"), once(failing.on("message", () => {}), "close")]);
  failing.postMessage("go");
  await closed;
  expect(thread.failure).toMatchObject({ message: "out of luck" });
});
