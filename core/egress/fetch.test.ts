import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { ruledFetch } from "./fetch.ts";
import { egressRule } from "./rule.ts";

/** A server of this machine, and what was asked of it. */
class Listening implements AsyncDisposable {
  readonly requests: IncomingMessage[] = [];
  connections = 0;
  readonly #server: Server;

  private constructor(answer: RequestListener) {
    this.#server = createServer((request, response) => {
      this.requests.push(request);
      answer(request, response);
    }).on("connection", () => (this.connections += 1));
  }

  static async on(host: string, answer: RequestListener, port = 0): Promise<Listening> {
    const listening = new Listening(answer);
    listening.#server.listen(port, host);
    await once(listening.#server, "listening");
    return listening;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }
}

const hello: RequestListener = (_, response) => void response.setHeader("connection", "close").end("hello");
const redirectTo = (location: string): RequestListener => (_, response) => void response.writeHead(302, { location }).end();
const refused = expect.objectContaining({ code: "EGRESS_REFUSED" });

it("connects to what is allowed, by address and by name", async () => {
  await using server = await Listening.on("127.0.0.1", hello);
  const byAddress = ruledFetch(egressRule([`127.0.0.1:${server.port}`]));
  expect(await (await byAddress(`http://127.0.0.1:${server.port}/`)).text()).toBe("hello");
  const byName = ruledFetch(egressRule([`localhost:${server.port}`]));
  expect(await (await byName(new Request(`http://localhost:${server.port}/`, { method: "POST", body: "x" }))).text()).toBe("hello");
});

it("never connects to a private address, however it is written", async () => {
  await using server = await Listening.on("127.0.0.1", hello);
  const fetch = ruledFetch(egressRule([]));
  for (const host of ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "0177.0.0.1", "127.1", "[::ffff:127.0.0.1]", "[::1]", "0.0.0.0", "[::]"]) {
    await expect(fetch(`http://${host}:${server.port}/`), host).rejects.toEqual(refused);
  }
  expect(server.connections).toBe(0);
});

it("says what to do about it", async () => {
  const fetch = ruledFetch(egressRule([]), (_host, _options, done) => done(null, [{ address: "10.0.0.1", family: 4 }, { address: "fd00::1", family: 6 }]));
  await expect(fetch("http://intranet.example/")).rejects.toThrow('EGRESS_REFUSED: intranet.example is 10.0.0.1, fd00::1, which is no public address. If requests may go there, add "intranet.example:80" to egress.allow in config.json.');
  await expect(fetch("https://169.254.169.254/latest/")).rejects.toThrow('EGRESS_REFUSED: 169.254.169.254 is no public address. If requests may go there, add "169.254.169.254:443" to egress.allow in config.json.');
  await expect(fetch("http://[fd00:ec2::254]/")).rejects.toThrow('"[fd00:ec2::254]:80"');
});

it("judges each redirect", async () => {
  await using secret = await Listening.on("127.0.0.1", hello);
  for (const location of [`http://127.0.0.1:${secret.port}/`, `http://localhost:${secret.port}/`, `http://127.0.0.2:${secret.port}/`]) {
    await using open = await Listening.on("127.0.0.1", redirectTo(location));
    const fetch = ruledFetch(egressRule([`127.0.0.1:${open.port}`]));
    await expect(fetch(`http://127.0.0.1:${open.port}/`), location).rejects.toEqual(refused);
  }
  expect(secret.connections).toBe(0);
});

it("follows a redirect to what is allowed, and takes no credentials there", async () => {
  await using other = await Listening.on("127.0.0.1", hello);
  await using open = await Listening.on("127.0.0.1", redirectTo(`http://127.0.0.1:${other.port}/`));
  const fetch = ruledFetch(egressRule(["127.0.0.1"]));
  const answer = await fetch(`http://127.0.0.1:${open.port}/`, { headers: { authorization: "Bearer x", cookie: "a=b" } });
  expect(await answer.text()).toBe("hello");
  expect([open, other].map(({ requests }) => requests.map(({ headers }) => [headers.authorization, headers.cookie]))).toEqual([[["Bearer x", "a=b"]], [[undefined, undefined]]]);
});

it("judges a name anew with each connection, by the address that it connects to", async () => {
  await using first = await Listening.on("127.0.0.1", hello);
  await using second = await Listening.on("127.0.0.2", hello, first.port);
  let asked = 0;
  const fetch = ruledFetch(egressRule(["127.0.0.1"]), (_host, _options, done) => done(null, [{ address: asked++ === 0 ? "127.0.0.1" : "127.0.0.2", family: 4 }]));
  expect(await (await fetch(`http://rebinds.example:${first.port}/`)).text()).toBe("hello");
  await expect(fetch(`http://rebinds.example:${first.port}/`)).rejects.toEqual(refused);
  expect([asked, second.connections]).toEqual([2, 0]);
});

it("connects to those addresses of a name that are allowed", async () => {
  await using open = await Listening.on("127.0.0.1", hello);
  await using secret = await Listening.on("127.0.0.2", hello, open.port);
  const fetch = ruledFetch(egressRule(["127.0.0.1"]), (_host, _options, done) => done(null, [{ address: "127.0.0.2", family: 4 }, { address: "127.0.0.1", family: 4 }]));
  expect(await (await fetch(`http://both.example:${open.port}/`)).text()).toBe("hello");
  expect(secret.connections).toBe(0);
});

it("speaks http and https alone, and cannot be given another way", async () => {
  const fetch = ruledFetch(egressRule([]));
  for (const url of ["file:///etc/passwd", "gopher://127.0.0.1/", "ftp://127.0.0.1/"]) await expect(fetch(url)).rejects.toThrow("fetch failed");
  const dispatcher = { dispatch: () => { throw new Error("another way"); } };
  await expect(fetch("http://127.0.0.1/", { dispatcher } as unknown as RequestInit)).rejects.toEqual(refused);
});

it("passes on what else a request fails with", async () => {
  const gone = await Listening.on("127.0.0.1", hello);
  const { port } = gone;
  await gone[Symbol.asyncDispose]();
  await expect(ruledFetch(egressRule(["127.0.0.1"]))(`http://127.0.0.1:${port}/`)).rejects.toMatchObject({ message: "fetch failed", cause: { code: "ECONNREFUSED" } });
  await expect(ruledFetch(egressRule([]))("http://nowhere.invalid/")).rejects.toMatchObject({ message: "fetch failed" });
});

it("asks for no Brotli, and reads none that comes all the same", async () => {
  const asked: unknown[] = [];
  let [encoding, body] = ["gzip", gzipSync("hello")];
  await using server = await Listening.on("127.0.0.1", (request, response) => {
    asked.push(request.headers["accept-encoding"]);
    response.setHeader("content-encoding", encoding.split("; ")).setHeader("connection", "close").end(body);
  });
  const fetch = ruledFetch(egressRule(["127.0.0.1"]));
  const get = async (accepts: string) => (await fetch(`http://127.0.0.1:${server.port}/`, { headers: { "Accept-Encoding": accepts } })).text();
  for (const accepts of ["br;q=1.0, gzip, deflate", "gzip", "BR"]) expect(await get(accepts)).toBe("hello");
  expect(asked).toEqual([expect.stringMatching(/^ ?gzip, deflate$/), "gzip", "identity"]);
  for (encoding of ["br", " BR ", "gzip, br", "br, gzip", "gzip; br"]) {
    body = brotliCompressSync("hello");
    await expect(get("gzip"), encoding).rejects.toMatchObject({ message: "fetch failed", cause: { message: expect.stringContaining("Brotli") } });
  }
});
