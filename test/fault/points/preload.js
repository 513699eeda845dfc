// Loaded before Loom by the test that named a point, and into each of its threads: Loom itself knows nothing of fault points.
import { registerHooks } from "node:module";

/** @type {{ file: string, at: string, pass: number, signal: string } | null} */
const point = JSON.parse(process.env["LOOM_TEST_POINT"] ?? "null");

if (point) {
  let passes = 0;
  globalThis["loomTestPoint"] = () => {
    passes += 1;
    // Nothing of this process runs on from here: signals of one's own are delivered before `kill` answers.
    if (passes === point.pass) process.kill(process.pid, point.signal);
  };
  registerHooks({
    load(url, context, next) {
      const loaded = next(url, context);
      if (!url.endsWith(`/${point.file}`)) return loaded;
      const source = String(loaded.source);
      const parts = source.split(point.at);
      if (parts.length !== 2) throw new Error(`"${point.at}" is ${parts.length - 1} times in ${point.file}`);
      return { ...loaded, source: `${parts[0]}globalThis.loomTestPoint();${point.at}${parts[1]}` };
    },
  });
}
