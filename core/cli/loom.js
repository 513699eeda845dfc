#!/usr/bin/env node
// Plain JavaScript that old versions of Node can read too, so that they get one clear line instead of a syntax error.
import { existsSync } from "fs";
import { setFlagsFromString } from "v8";

if (Number(process.versions.node.split(".")[0]) < 24) {
  console.error("Loom needs Node 24 or newer; this is Node " + process.versions.node + " (" + process.execPath + ").");
  process.exit(1);
}

// For the threads that are started later: each would map V8's built-in code once more, 2 MB, to call it a little quicker.
setFlagsFromString("--no-short-builtin-calls");

// V8's mode for programs that mostly wait: among others, its thorough compiler, which takes 6 MB as soon as it works at all,
// gets only what runs very often.
setFlagsFromString("--efficiency-mode");

// What has not run from one collection to the next gives its compiled code back. Most code runs at the start only.
setFlagsFromString("--bytecode-old-age=1");
setFlagsFromString("--flush-baseline-code");

// The feed's package asks for quicker parts that are not installed: Node would look for them in every folder above.
process.env.WS_NO_BUFFER_UTIL = "1";
process.env.WS_NO_UTF_8_VALIDATE = "1";

// The repository holds TypeScript, the published package JavaScript.
void import(existsSync(new URL("./main.ts", import.meta.url)) ? "./main.ts" : "./main.js");
