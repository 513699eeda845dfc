import type { MessagePort } from "node:worker_threads";
import { bundlePage } from "./bundle.ts";

/** Tells the files of the page whose sources are in a folder, or what is wrong with them. */
export function serve(port: MessagePort, folder: string): void {
  void bundlePage(folder).then(
    (files) => port.postMessage({ files }),
    (error: unknown) => port.postMessage({ error: String(error) }),
  );
}
