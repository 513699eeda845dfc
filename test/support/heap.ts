import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Bytes of JavaScript's heap that are in use, once what nobody needs has been thrown away. */
export function usedHeap(): number {
  collect();
  return process.memoryUsage().heapUsed;
}
