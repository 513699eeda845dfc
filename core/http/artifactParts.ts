import { LoomError } from "../errors/loomError.ts";
import type { ArtifactPart, Store } from "../store/contract.ts";

/**
 * The bytes of an artifact, part by part: the whole may be long, and many may ask for it at once.
 * @param first its first part, which is read already
 * @throws LoomError STORE_CORRUPT; CONFLICT where another attempt has put another one in its place: what follows does not belong to what was sent
 */
export async function* artifactParts({ driven }: Pick<Store, "driven">, of: { readonly id: string; readonly step: string; readonly name: string }, first: ArtifactPart): AsyncGenerator<Uint8Array> {
  let sent = 0;
  for (let part: ArtifactPart | null = first; ; part = await driven.artifactAfter(of.id, of.step, of.name, sent)) {
    if (part?.createdAt !== first.createdAt || part.bytes !== first.bytes) throw new LoomError("CONFLICT", `${of.name} was replaced while it was sent.`);
    if (sent === first.bytes) return;
    if (part.data.length === 0) throw new LoomError("STORE_CORRUPT", `${of.name} is shorter than it was when it was kept.`);
    yield part.data;
    sent += part.data.length;
    // As for outputs: answers of the store that come one after the other leave no turn to anybody else.
    await new Promise((resolve) => setImmediate(resolve));
  }
}
