/** The row of an item, counted from 0. */
export function itemId(stepId: string, index: number): string {
  return `${stepId}[${index}]`;
}

/** The row of a phase of a step or an item. */
export function phaseId(rowId: string, name: string): string {
  return `${rowId}/${name}`;
}

/** What a row's id tells. */
export interface RowId {
  /** The step in the plan. */
  readonly step: string;
  readonly item: number | null;
  readonly phase: string | null;
}

/** `post[3]/upload` → step `post`, item 3, phase `upload`. */
export function readRowId(id: string): RowId {
  const slash = id.indexOf("/");
  const row = slash === -1 ? id : id.slice(0, slash);
  const [, step = row, item] = /^(.*)\[(\d+)\]$/.exec(row) ?? [];
  return { step, item: item === undefined ? null : Number(item), phase: slash === -1 ? null : id.slice(slash + 1) };
}
