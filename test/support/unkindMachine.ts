import { execFileSync } from "node:child_process";
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readSync, renameSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** In the order of the struct in native/unkind.c, each a 64-bit number. */
const FIELDS = ["syncMs", "writeErrno", "clockMs", "killAt", "syncs", "syncsOnEventLoop", "changes"] as const;
type Field = (typeof FIELDS)[number];

export interface Unkindness {
  /** So long each fsync and fdatasync takes. */
  readonly syncMs?: number;
  /** Every change of a file below the folder fails with this, as of `os.constants.errno`; 0: none does. */
  readonly writeErrno?: number;
  /** How far the wall clock is off, in whole seconds. */
  readonly clockMs?: number;
  /** The process dies as it makes the change of a file below the folder that has this number; 0: never. */
  readonly killAt?: number;
}

/** What a process lives on that is started with `env`: its disk and clock do as they are told, from moment to moment. */
export class UnkindMachine implements Disposable {
  readonly env: Readonly<Record<string, string>>;
  readonly #folder = mkdtempSync(join(tmpdir(), "loom-unkind-"));
  readonly #file: number;

  /** @param folder what is written elsewhere is never refused */
  constructor(folder: string) {
    const file = join(this.#folder, "wishes");
    this.#file = openSync(file, "w+", 0o600);
    writeSync(this.#file, Buffer.alloc(FIELDS.length * 8));
    this.env = { LD_PRELOAD: library(), LOOM_TEST_UNKIND: file, LOOM_TEST_UNKIND_FOLDER: folder };
  }

  /** What is not named stays as it was. */
  be(wishes: Unkindness): void {
    for (const [field, value] of Object.entries(wishes)) this.#write(field as Field, value);
  }

  /** Syncs since the beginning: of all threads, and those that the event loop waited for. */
  get syncs(): { readonly all: number; readonly onEventLoop: number } {
    return { all: this.#read("syncs"), onEventLoop: this.#read("syncsOnEventLoop") };
  }

  /** Changes of files below the folder that were made while something was to happen to them; counts anew when it is asked. */
  takeChanges(): number {
    const changes = this.#read("changes");
    this.#write("changes", 0);
    return changes;
  }

  [Symbol.dispose](): void {
    closeSync(this.#file);
    rmSync(this.#folder, { recursive: true });
  }

  #write(field: Field, value: number): void {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(value));
    writeSync(this.#file, bytes, 0, 8, FIELDS.indexOf(field) * 8);
  }

  #read(field: Field): number {
    const bytes = Buffer.alloc(8);
    readSync(this.#file, bytes, 0, 8, FIELDS.indexOf(field) * 8);
    return Number(bytes.readBigInt64LE());
  }
}

/** Compiled when it is not there, or older than its source. */
function library(): string {
  const source = fileURLToPath(new URL("./native/unkind.c", import.meta.url));
  const folder = fileURLToPath(new URL("../../node_modules/.cache/loom-tests/", import.meta.url));
  const compiled = join(folder, "unkind.so");
  if (existsSync(compiled) && statSync(compiled).mtimeMs > statSync(source).mtimeMs) return compiled;
  mkdirSync(folder, { recursive: true });
  const part = `${compiled}.${process.pid}`;
  execFileSync("gcc", ["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", part, source, "-ldl"], { stdio: "inherit" });
  renameSync(part, compiled);
  return compiled;
}
