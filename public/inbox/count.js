import { computed } from "../vendor/preact.js";
import { files } from "../state/files.js";
import { allStrands, plugins, revision, sources } from "../state/store.js";
import { countItems } from "./items.js";

/** How many rows the Inbox has, whatever it is narrowed to. */
export const asking = computed(() => {
  revision.value;
  return countItems({ strands: allStrands(), sources: [...sources.value.values()], plugins: plugins.value, files: files.value });
});
