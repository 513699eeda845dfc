/** The kit for plugin authors: what they import as `loom-gateway/testing`. */
export { FakeClock } from "./fakeClock.ts";
