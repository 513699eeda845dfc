import type { Clock } from "../../clock/clock.ts";
import { finding, type Finding } from "./finding.ts";
import { examineGateway } from "./gateway.ts";
import { examineHome } from "./home.ts";

/** Everything that `loom doctor` looks at. Changes nothing. */
export async function examine(home: string, env: NodeJS.ProcessEnv, clock: Clock): Promise<Finding[]> {
  const node = finding("ok", `Node ${process.versions.node} on ${process.platform} ${process.arch}`);
  return [node, ...(await examineHome(home, env)), ...(await examineGateway(home, clock))];
}
