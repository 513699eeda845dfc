import { useLayoutEffect, useRef } from "../vendor/preact.js";

/** Opens and closes the dialog that the answer, a ref, is given to. */
export function useModal(isOpen) {
  const dialog = useRef(null);
  useLayoutEffect(() => {
    if (isOpen !== dialog.current.open) dialog.current[isOpen ? "showModal" : "close"]();
  }, [isOpen]);
  return dialog;
}
