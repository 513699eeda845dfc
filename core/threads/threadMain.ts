import { parentPort, workerData } from "node:worker_threads";
import type { Guest, Serve } from "./guest.ts";

parentPort!.on("message", async ({ module, data, port }: Guest) => {
  const { serve } = (await import(module)) as { serve: Serve<unknown> };
  serve(port, data);
});

// Who makes one of them work is told why it cannot be loaded.
for (const module of workerData as readonly string[]) import(module).catch(() => {});
