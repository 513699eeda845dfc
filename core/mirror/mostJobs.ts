/** So many jobs may one source have: each takes some kilobytes of memory, and a place on the page. One with more is incompatible. */
export const MOST_JOBS = 10_000;
