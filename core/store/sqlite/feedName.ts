import { statSync } from "node:fs";
import { newIdAt } from "../../ids/uuid.ts";
import type { Database } from "./database.ts";

/**
 * The name of this database's numbering of events. A file that was put back from a copy is another file on the disk,
 * and its numbers may have been given out already for other events: it gets a new name.
 */
export function feedOf(db: Database, file: string): string {
  const { ino, birthtimeNs, birthtimeMs } = statSync(file, { bigint: true });
  const place = `${ino}:${birthtimeNs}`;
  return db.exclusively(() => nameFor(db, place, Number(birthtimeMs)));
}

function nameFor(db: Database, place: string, bornAt: number): string {
  const known = db.get<{ feed: string; place: string }>(
    "SELECT f.value AS feed, p.value AS place FROM meta f, meta p WHERE f.key = 'feed' AND p.key = 'place'",
  );
  if (known?.place === place) return known.feed;
  const feed = newIdAt(bornAt);
  db.run("INSERT OR REPLACE INTO meta (key, value) VALUES ('feed', ?), ('place', ?)", feed, place);
  return feed;
}
