import type { Told } from "./activeCall.ts";
import { ARTIFACT_PIECE_BYTES, type FromThread, type ToThread } from "./messages.ts";
import type { Room } from "./room.ts";

/** An artifact that may come now. */
interface Turn {
  readonly call: number;
  readonly bytes: number;
  readonly place: Disposable;
  readonly pieces: Buffer[];
}

export interface ArtifactTurnsOptions {
  /** Bytes that one may have. */
  readonly most: number;
  /** For those of all threads that have come and are not kept yet. */
  readonly room: Room;
  /** Whether the call is there still. */
  isThere(call: number): boolean;
  send(message: ToThread): void;
}

/**
 * Takes the artifacts of a thread: each is asked for before and comes in pieces of one length once there is room for it. What its code
 * tells by itself is no such thing, and would fill the gateway's memory.
 */
export class ArtifactTurns {
  readonly #options: ArtifactTurnsOptions;
  readonly #turns = new Map<string, Turn>();

  constructor(options: ArtifactTurnsOptions) {
    this.#options = options;
  }

  /**
   * @returns what a thread has told, an artifact with its last piece and null before that
   * @throws for what no thread of ours tells
   */
  whole(message: FromThread): Told | null {
    if (message.is === "hands") {
      if (message.bytes > this.#options.most) throw new Error("an artifact that is too large");
      void this.#ask(message);
      return null;
    }
    if (message.is !== "artifact") return message;
    const { piece, last, ...artifact } = message;
    const turn = this.#turns.get(keyOf(message));
    if (!turn) throw new Error("a piece of no artifact");
    const bytes = Buffer.from(piece, "base64");
    const left = turn.bytes - turn.pieces.length * ARTIFACT_PIECE_BYTES;
    if (bytes.length !== Math.min(left, ARTIFACT_PIECE_BYTES) || last !== (left <= ARTIFACT_PIECE_BYTES)) throw new Error("a piece that is not the next one");
    turn.pieces.push(bytes);
    return last ? { ...artifact, data: Buffer.concat(turn.pieces.splice(0)) } : null;
  }

  /** It is kept, or could not be. */
  over(artifact: { readonly call: number; readonly artifact: number }): void {
    const key = keyOf(artifact);
    this.#turns.get(key)?.place[Symbol.dispose]();
    this.#turns.delete(key);
  }

  /** The call is over, and has told all that it will. */
  left(call: number): void {
    for (const [key, turn] of this.#turns) {
      if (turn.call !== call) continue;
      turn.place[Symbol.dispose]();
      this.#turns.delete(key);
    }
  }

  async #ask({ call, artifact, bytes }: FromThread & { readonly is: "hands" }): Promise<void> {
    const { room, isThere, send } = this.#options;
    const place = await room.enter(bytes);
    const key = keyOf({ call, artifact });
    if (!isThere(call) || this.#turns.has(key)) return place[Symbol.dispose]();
    this.#turns.set(key, { call, bytes, place, pieces: [] });
    send({ do: "hand", call, artifact });
  }
}

function keyOf({ call, artifact }: { readonly call: number; readonly artifact: number }): string {
  return `${call} ${artifact}`;
}
