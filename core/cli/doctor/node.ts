import { finding, type Finding } from "./finding.ts";

export function examineNode(): Finding[] {
  return [finding("ok", `Node ${process.versions.node} on ${process.platform} ${process.arch}`)];
}
