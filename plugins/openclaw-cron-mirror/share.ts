/** How much of so many bytes one OpenClaw may have. Read anew each time: another one may have been found meanwhile. */
export type Share = (bytes: number) => number;

/** Of one that a person has named. */
export const allOfIt: Share = (bytes) => bytes;

/** So many share it: whoever may write in a home folder can make others all the time. */
const MOST = 9;

/** The room of profiles that were found: together they have what one alone may have. */
export class SharedRoom {
  #among = 0;

  /** One more has its part from now on, and the others less; null: there are as many as there may be, also such as have gone meanwhile. */
  join(): Share | null {
    if (this.#among === MOST) return null;
    this.#among++;
    return (bytes) => Math.floor(bytes / this.#among);
  }
}
