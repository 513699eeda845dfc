import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { connect } from "node:net";
import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../../../test/support/eventually.ts";
import { openDoor, type Door } from "../../../test/support/door.ts";

const SCRIPT = `export const words = ${JSON.stringify("loom ".repeat(1000))};\n`;
let door: Door;

beforeAll(async () => {
  door = await openDoor();
  await mkdir(join(door.page, "vendor"));
  await writeFile(join(door.page, "vendor", "words.js"), SCRIPT);
  await writeFile(join(door.page, "style.css"), "body { margin: 0 }");
  await writeFile(join(door.page, ".secret.js"), "no");
  await writeFile(join(door.page, "notes.md"), "no");
  await symlink("/etc/passwd", join(door.page, "passwd.txt"));
});
afterAll(() => door[Symbol.asyncDispose]());

test("the page's files are served by name and type, without a credential", async () => {
  const page = await door.get("/", { as: "nobody" });
  expect([page.status, page.headers["content-type"], page.text]).toEqual([200, "text/html; charset=utf-8", "<!doctype html><title>Loom</title>"]);
  expect((await door.get("/vendor/words.js", { as: "nobody" })).headers["content-type"]).toBe("text/javascript; charset=utf-8");
  expect((await door.ask("HEAD", "/style.css", { as: "nobody" })).headers).toMatchObject({ "content-type": "text/css; charset=utf-8", "content-length": "18" });
});

test("a file that has not changed is not sent again, one that has is", async () => {
  const { headers } = await door.get("/style.css");
  expect(headers["cache-control"]).toBe("no-cache");
  const again = { headers: { "If-None-Match": headers.etag! } };
  expect((await door.get("/style.css", again)).status).toBe(304);
  await writeFile(join(door.page, "style.css"), "body { margin: 1px }");
  const changed = await door.get("/style.css", again);
  expect([changed.status, changed.text]).toEqual([200, "body { margin: 1px }"]);
});

test("long text is compressed for who takes it", async () => {
  const plain = await door.get("/vendor/words.js");
  expect([plain.headers["content-encoding"], plain.text]).toEqual([undefined, SCRIPT]);
  const packed = await exchange(`GET /vendor/words.js HTTP/1.1\r\nHost: 127.0.0.1:${door.port}\r\nAccept-Encoding: deflate, gzip\r\nConnection: close\r\n\r\n`);
  const split = packed.indexOf("\r\n\r\n") + 4;
  expect(packed.subarray(0, split).toString()).toMatch(/content-encoding: gzip/i);
  expect(gunzipSync(packed.subarray(split)).toString()).toBe(SCRIPT);
  expect((await door.get("/style.css", { headers: { "Accept-Encoding": "gzip" } })).headers["content-encoding"]).toBeUndefined();
});

test("the smaller encoding is served once it is made", async () => {
  await eventually(() => door.ask("HEAD", "/vendor/words.js", { headers: { "Accept-Encoding": "gzip, br" } }), ({ headers }) => headers["content-encoding"] === "br");
  const packed = await exchange(`GET /vendor/words.js HTTP/1.1\r\nHost: 127.0.0.1:${door.port}\r\nAccept-Encoding: gzip, br\r\nConnection: close\r\n\r\n`);
  expect(brotliDecompressSync(packed.subarray(packed.indexOf("\r\n\r\n") + 4)).toString()).toBe(SCRIPT);
});

test("nothing outside the folder, hidden or of another kind is served", async () => {
  for (const path of ["/../loom.db", "/%2e%2e/package.json", "/vendor/../../package.json", "/..%2fpackage.json", "/.secret.js", "/vendor/.secret.js", "//etc/passwd.txt", "/notes.md", "/loom.db", "/vendor", "/vendor/", "/index.html/", "/index.html%00.js", "/vendor\\words.js", "/passwd.txt"]) {
    const status = (await exchange(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${door.port}\r\nConnection: close\r\n\r\n`)).toString().slice(9, 12);
    // A backslash does not get past the door.
    expect([path, status]).toEqual([path, path.includes("\\") ? "403" : "404"]);
  }
  expect((await door.post("/index.html")).status).toBe(404);
});

async function exchange(bytes: string): Promise<Buffer> {
  const socket = connect(door.port, "127.0.0.1");
  socket.write(bytes);
  return buffer(socket);
}
