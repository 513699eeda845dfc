import { getBlob } from "../state/api.js";
import { tell } from "./toast.js";

/** Fetches what the gateway gives as a file and hands it to the browser to be saved, or says why not. @param path below `/api/loom` */
export async function download(path, name) {
  const blob = await getBlob(path).catch((problem) => tell("failed", problem.message, problem.help));
  if (!blob) return;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name.replaceAll(/[^\w.-]+/g, "_").slice(-120);
  link.click();
  URL.revokeObjectURL(link.href);
}
