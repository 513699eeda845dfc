/** The kit for plugin authors: what they import as `loom-gateway/testing`. */
export { FakeClock } from "./fakeClock.ts";
export { quietLog } from "./quietLog.ts";
export { testPlugin, type TestedPlugin, type TestPluginOptions } from "./testPlugin.ts";
