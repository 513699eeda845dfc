const asked = matchMedia("(prefers-reduced-motion: reduce)");

/** Whether the reader asked for stillness. */
export const still = () => asked.matches;
