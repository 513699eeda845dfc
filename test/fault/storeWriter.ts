/** A process that writes as fast as it can and names each write once it is acknowledged. Killed by its test. */
import { openSqliteStore } from "../../core/store/sqlite/open.ts";

const [file, round] = process.argv.slice(2) as [string, string];
const store = await openSqliteStore({ file });
await Promise.all(
  Array.from({ length: 8 }, async (_, writer) => {
    for (let n = 0; ; n++) {
      const name = `${round}.${writer}.${n}`;
      await store.kv.set("acknowledged", name, n);
      await store.events.append({ at: n, type: "test", data: { name } });
      process.stdout.write(`${name}\n`);
    }
  }),
);
