/** The public contract: what plugins, workflows and operations import as `loom-gateway`. */
export { definePlugin, defineToken, nodeResolver, notifier, placement } from "./plugin/define.ts";
export { PLUGIN_API_VERSION } from "./plugin/contract.ts";
export type * from "./plugin/contract.ts";
export type { StandardSchema, StandardResult } from "./plugin/standardSchema.ts";
export { defineOperation, defineWorkflow } from "./workflow/define.ts";
export type * from "./workflow/contract.ts";
export { MOST_JOBS } from "./mirror/mostJobs.ts";
export { SourceProblem } from "./mirror/problem.ts";
export type * from "./mirror/contract.ts";
export type { Schedule, Occurrence } from "./schedule/schedule.ts";
export { LoomError, isLoomError, messageOf, type Problem } from "./errors/loomError.ts";
export type { Clock, Timer } from "./clock/clock.ts";
export type { Log, LogFields } from "./log/log.ts";
