import type { LibraryFile } from "../../workflow/libraryContract.ts";
import type { WorkflowFileView } from "../schemas.ts";
import { isoOrNull } from "./times.ts";
import { problemView } from "./woven.ts";

/** A file of workflows or operations as the API shows it. */
export function workflowFileView({ path, root, holds, problems, loadedAt }: LibraryFile): WorkflowFileView {
  return { path, root, holds: holds.map(({ kind, id, live }) => ({ kind, id, live })), problems: problems.map(problemView), loadedAt: isoOrNull(loadedAt) };
}
