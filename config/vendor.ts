import { readFile, writeFile, mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/**
 * Makes `public/vendor/`: the packages that the page uses, as one ES module that a browser loads as it is. One, since
 * each module more is a request that the first strands wait for; without bare imports, since an import map would need an
 * inline script, which the page's CSP forbids.
 *
 * Run by hand after a change of version: `npm exec -- node config/vendor.ts`. A test fails while the file differs.
 */

/** Their names. */
export const vendored = ["preact", "htm", "@preact/signals-core", "@preact/signals"];

const entry = `
export { Component, h, render } from "preact";
export { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
export { batch, computed, effect, signal, useComputed, useSignal, useSignalEffect } from "@preact/signals";
export { default as htm } from "htm";
`;

const root = new URL("../", import.meta.url);

/** The text of every vendored module, by its file name. */
export async function vendorFiles(): Promise<Map<string, string>> {
  const { outputFiles } = await build({
    stdin: { contents: entry, resolveDir: fileURLToPath(root) },
    bundle: true,
    write: false,
    minify: true,
    format: "esm",
    target: "es2022",
    legalComments: "none",
    logLevel: "silent",
  });
  const notices = await Promise.all(vendored.map(noticeOf));
  return new Map([["preact.js", `/*! ${notices.join("; ")}. Made by config/vendor.ts; do not edit. */\n${outputFiles[0]!.text.trim()}\n`]]);
}

async function noticeOf(name: string): Promise<string> {
  const manifest = JSON.parse(await readFile(new URL(`node_modules/${name}/package.json`, root), "utf8")) as { version: string; license?: string };
  return `${name} ${manifest.version}, ${manifest.license ?? "MIT"}`;
}

if (import.meta.main) {
  const folder = new URL("public/vendor/", root);
  await mkdir(folder, { recursive: true });
  for (const [name, text] of await vendorFiles()) await writeFile(new URL(name, folder), text);
  process.stdout.write(`wrote ${fileURLToPath(folder)}\n`);
}
