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

// So that a few requests do not touch the thorough one of V8's compilers, which takes 6 MB to run at all. What is called
// 30,000 times and not just 3,000 is still given to it, and the quick one does its work before.
setFlagsFromString("--invocation-count-for-turbofan=30000");

// The repository holds TypeScript, the published package JavaScript.
void import(existsSync(new URL("./main.ts", import.meta.url)) ? "./main.ts" : "./main.js");
