import { expect, it } from "vitest";
import { ArtifactTurns } from "./artifactTurns.ts";
import type { ToThread } from "./messages.ts";
import { Room } from "./room.ts";

/** A thread with these calls, whose artifacts are at most 100 bytes. */
function threadOf(room: Room, calls: Set<number>): { readonly turns: ArtifactTurns; readonly heard: string[]; ask(call: number, artifact: number, bytes: number): Promise<void>; tell(call: number, artifact: number, bytes: number): string | undefined } {
  const heard: string[] = [];
  const send = (message: ToThread): void => void (message.do === "hand" && heard.push(`${message.call} ${message.artifact}`));
  const turns = new ArtifactTurns({ most: 100, room, isThere: (call) => calls.has(call), send });
  return {
    turns,
    heard,
    async ask(call, artifact, bytes) {
      turns.whole({ is: "hands", call, artifact, bytes });
      await new Promise((resolve) => setImmediate(resolve));
    },
    tell(call, artifact, bytes) {
      const told = turns.whole({ is: "artifact", call, artifact, name: "a", kind: "bytes", piece: Buffer.alloc(bytes, 7).toString("base64"), last: true });
      return told?.is === "artifact" ? told.data.toString("hex") : undefined;
    },
  };
}

it("lets an artifact come once there is room for it beside those of other threads, until that is kept", async () => {
  const room = new Room(100);
  const [one, other] = [threadOf(room, new Set([1])), threadOf(room, new Set([2]))];
  await one.ask(1, 1, 60);
  await other.ask(2, 1, 60);
  expect([one.heard, other.heard]).toEqual([["1 1"], []]);
  expect(one.tell(1, 1, 60)).toBe("07".repeat(60));
  expect(other.heard).toEqual([]);
  one.turns.over({ call: 1, artifact: 1 });
  await one.ask(1, 2, 1);
  expect([one.heard, other.heard]).toEqual([["1 1", "1 2"], ["2 1"]]);
});

it("gives the room back of a call that is over, and none to one that asks after that", async () => {
  const calls = new Set([1, 2]);
  const { turns, heard, ask } = threadOf(new Room(100), calls);
  await ask(1, 1, 100);
  await ask(2, 1, 100);
  calls.delete(1);
  turns.left(1);
  await ask(1, 2, 100);
  expect(heard).toEqual(["1 1", "2 1"]);
  calls.delete(2);
  turns.left(2);
  calls.add(3);
  await ask(3, 1, 100);
  expect(heard).toEqual(["1 1", "2 1", "3 1"]);
});
