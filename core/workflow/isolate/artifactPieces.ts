import type { Told } from "./activeCall.ts";
import { ARTIFACT_PIECE_BYTES, type FromThread } from "./messages.ts";

/**
 * Puts the pieces of a thread's artifacts together. A thread of ours tells one whole before it begins another, in pieces of one
 * length; its code can tell others, which would fill the gateway's memory.
 */
export class ArtifactPieces {
  readonly #most: number;
  #of = "";
  #pieces: Buffer[] = [];

  /** @param most bytes that one may have */
  constructor(most: number) {
    this.#most = most;
  }

  /**
   * @returns what a thread has told, an artifact with its last piece and null before that
   * @throws for what no thread of ours tells
   */
  whole(message: FromThread): Told | null {
    if (message.is !== "artifact") return message;
    const { piece, last, ...artifact } = message;
    const data = this.#take(`${message.call} ${message.artifact}`, piece, last);
    return data && { ...artifact, data };
  }

  #take(of: string, piece: string, last: boolean): Buffer | null {
    const bytes = Buffer.from(piece, "base64");
    const before = this.#pieces.length * ARTIFACT_PIECE_BYTES;
    if (before > 0 && of !== this.#of) throw new Error("an artifact begins before the last one has ended");
    if (before + bytes.length > this.#most || (!last && bytes.length !== ARTIFACT_PIECE_BYTES)) throw new Error("a piece of no artifact");
    this.#of = of;
    this.#pieces.push(bytes);
    return last ? Buffer.concat(this.#pieces.splice(0)) : null;
  }
}
