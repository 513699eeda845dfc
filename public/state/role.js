import { computed, signal } from "../vendor/preact.js";
import { get } from "./api.js";
import { oneOf } from "./shape.js";

/** What this session may: `viewer`, `operator`, `admin`; null until the gateway has told, `unknown` where it did not. */
export const role = signal(null);

/** Whether it may change anything. Until that is known it may: the gateway is the one that refuses. */
export const mayAct = computed(() => role.value !== "viewer");
export const isAdmin = computed(() => role.value === "admin");

/** Asks the gateway. */
export async function readRole() {
  role.value = oneOf(["viewer", "operator", "admin"], (await get("/session").catch(() => null))?.role, "unknown");
}
