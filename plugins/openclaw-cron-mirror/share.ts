/** How much of so many bytes one OpenClaw may have. Read anew each time: another one may have been found meanwhile. */
export type Share = (bytes: number) => number;

/** Of one that a person has named. */
export const allOfIt: Share = (bytes) => bytes;

/** The room of those that were found: together they have what one alone may have, since whoever may write in a home folder can make several. */
export class SharedRoom {
  #among = 0;

  /** One more has its part from now on, and the others less. */
  join(): Share {
    this.#among++;
    return (bytes) => Math.floor(bytes / this.#among);
  }
}
