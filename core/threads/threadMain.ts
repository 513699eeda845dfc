import { parentPort } from "node:worker_threads";
import type { Guest, Serve } from "./guest.ts";

parentPort!.on("message", async ({ module, data, port }: Guest) => {
  const { serve } = (await import(module)) as { serve: Serve<unknown> };
  serve(port, data);
});
