import { createHash } from "node:crypto";
import { extname } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import type { Middleware } from "koa";
import { checkPage } from "../guards/host.ts";
import { wayOf } from "../router.ts";
import type { PageFiles } from "./pageFiles.ts";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".json": "application/json; charset=utf-8",
  ".webmanifest": "application/manifest+json",
  ".txt": "text/plain; charset=utf-8",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
};
const PACKED = new Set([".png", ".ico", ".woff2"]);
const COMPRESS_FROM_BYTES = 256;
/** No empty names, nothing that begins with a dot, nothing encoded: what is left cannot leave the folder. */
const SAFE_PATH = /^(\/[A-Za-z0-9_][A-Za-z0-9_.-]*)+$/;

const compress = promisify(gzip);
const compressBest = promisify(brotliCompress);

interface ServedFile {
  readonly stamp: string;
  readonly etag: string;
  readonly bytes: Buffer;
  readonly gzipped: Buffer | null;
  /** A seventh smaller, but slow to make: nobody waits for it, and it is served once it is there. */
  brotli: Buffer | null;
  /** How often it was sent. */
  sent: number;
}

/** Serves the files of the page. A browser asks each time whether they changed, and is mostly told no. */
export function staticFiles(files: PageFiles): Middleware {
  const cache = new Map<string, ServedFile>();
  return async (ctx, next) => {
    const path = ctx.path === "/" ? "/index.html" : ctx.path;
    const type = TYPES[extname(path)];
    if ((ctx.method !== "GET" && ctx.method !== "HEAD") || !type || !SAFE_PATH.test(path)) return next();
    checkPage(wayOf(ctx));
    const file = await load(cache, files, path);
    if (!file) return next();
    const [encoding, body] = encoded(file, ctx.get("Accept-Encoding"));
    ctx.set({ ETag: file.etag, "Cache-Control": "no-cache", "Content-Type": type, ...(file.gzipped && { Vary: "Accept-Encoding" }) });
    ctx.status = 200;
    if (ctx.fresh) {
      ctx.status = 304;
      return;
    }
    // Not the first time: then somebody waits for the rest of the page, and it would take them both cores.
    if (++file.sent === 2 && file.gzipped) void packBest(file);
    if (encoding) ctx.set("Content-Encoding", encoding);
    ctx.body = body;
    ctx.set("Content-Type", type);
  };
}

function encoded({ bytes, gzipped, brotli }: ServedFile, accepted: string): [string | null, Buffer] {
  if (brotli && /(^|[ ,])br($|[ ,;])/.test(accepted)) return ["br", brotli];
  if (gzipped && /(^|[ ,])gzip($|[ ,;])/.test(accepted)) return ["gzip", gzipped];
  return [null, bytes];
}

async function load(cache: Map<string, ServedFile>, files: PageFiles, path: string): Promise<ServedFile | null> {
  const found = await files.find(path);
  if (!found) return null;
  const { stamp } = found;
  const known = cache.get(path);
  if (known?.stamp === stamp) return known;
  const bytes = await found.read();
  const gzipped = bytes.length > COMPRESS_FROM_BYTES && !PACKED.has(extname(path)) ? await compress(bytes) : null;
  // Weak: the same tag stands for the plain and the compressed bytes.
  const etag = `W/"${createHash("sha256").update(bytes).digest("base64url").slice(0, 24)}"`;
  const file: ServedFile = { stamp, etag, bytes, gzipped, brotli: null, sent: 0 };
  cache.set(path, file);
  return file;
}

async function packBest(file: ServedFile): Promise<void> {
  file.brotli = await compressBest(file.bytes, { params: { [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT } }).catch(() => null);
}
