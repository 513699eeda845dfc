import { useEffect, useSignal } from "../vendor/preact.js";
import { get } from "../state/api.js";

/**
 * What an address of the API answers, read when first drawn and again when the address changes; null reads nothing.
 * @param {string | null} path below `/api/loom`
 * @param {(raw: object) => any} shape makes it safe to draw
 * @returns {{ value: any, problem: object | null }} null each until it is there
 */
export function useRead(path, shape = (raw) => raw) {
  const state = useSignal({ path: null, value: null, problem: null });
  useEffect(() => {
    if (path === null) return;
    let gone = false;
    const take = (found) => !gone && (state.value = { path, value: null, problem: null, ...found });
    get(path).then((raw) => take({ value: shape(raw) }), (problem) => take({ problem }));
    return () => (gone = true);
  }, [path]);
  return state.value.path === path ? state.value : { value: null, problem: null };
}
