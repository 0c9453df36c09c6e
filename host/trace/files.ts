/** Names and places of the files of a traced run, and how they are written: never half under their final names. */
import { createHash, type Hash } from "node:crypto";
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import type { Delegation } from "../../emulator/isa/table.ts";
import { DELEGATIONS, type DelegationPart } from "../../emulator/trace/layout.ts";
import { InputError } from "../../errors.ts";

export const MANIFEST = "manifest.json";
/** What is finished, while a run is being written. */
export const PROGRESS = "progress.json";
export const PROGRAM = "program.bin";
export const TAPE = "tape.hex";
export const TOUCHED = "touched_words.bin";

export const rowsFile = (chunk: number): string => `rows_${String(chunk).padStart(5, "0")}.bin`;
export const checkpointFile = (chunk: number): string => `checkpoint_${String(chunk).padStart(5, "0")}.bin`;
export const delegationFile = (name: Delegation, circuit: number, part: DelegationPart): string =>
  `delegation_${DELEGATIONS[name].csr}_${circuit}_${part}.bin`;

/** A file of the bundle as the manifest lists it. */
export interface FileDigest {
  name: string;
  bytes: number;
  sha256: string;
}

/** Makes the errors of a disk into ones that say what to do. */
function onDisk<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG")
      throw new InputError(
        "the disk is full: the file was removed",
        path,
        "free some space (a chunk has 235 MB) and run the same command again: finished chunks are kept",
      );
    throw error;
  }
}

/** Bytes that are written at a time, and hashed while they are in a near cache. */
const WRITTEN_BYTES = 2 ** 19;

/** Writes to a temporary name and hashes on the way; the final name appears when all is on the disk. */
export class DigestedFile {
  readonly name: string;
  readonly #path: string;
  readonly #temporary: string;
  readonly #descriptor: number;
  readonly #hash: Hash = createHash("sha256");
  #bytes = 0;
  #open = true;

  constructor(folder: string, name: string) {
    this.name = name;
    this.#path = join(folder, name);
    this.#temporary = `${this.#path}.part`;
    this.#descriptor = onDisk(this.#path, () => openSync(this.#temporary, "w"));
  }

  write(bytes: Uint8Array): void {
    try {
      for (let at = 0; at < bytes.length; ) {
        const length = Math.min(bytes.length - at, WRITTEN_BYTES);
        const written = onDisk(this.#path, () => writeSync(this.#descriptor, bytes, at, length));
        this.#hash.update(bytes.subarray(at, at + written));
        at += written;
      }
    } catch (error) {
      this.abandon();
      throw error;
    }
    this.#bytes += bytes.length;
  }

  finish(): FileDigest {
    try {
      onDisk(this.#path, () => fsyncSync(this.#descriptor));
      this.#close();
    } catch (error) {
      this.abandon();
      throw error;
    }
    renameSync(this.#temporary, this.#path);
    return { name: this.name, bytes: this.#bytes, sha256: this.#hash.digest("hex") };
  }

  #close(): void {
    if (!this.#open) return;
    this.#open = false;
    closeSync(this.#descriptor);
  }

  /** Removes what was written. */
  abandon(): void {
    this.#close();
    rmSync(this.#temporary, { force: true });
  }
}

export function writeDigested(folder: string, name: string, content: Uint8Array | string): FileDigest {
  const file = new DigestedFile(folder, name);
  file.write(typeof content === "string" ? new TextEncoder().encode(content) : content);
  return file.finish();
}

/** For files that are rewritten as a whole: the manifest and the record of progress. */
export function replaceFile(folder: string, name: string, content: string): void {
  const path = join(folder, name);
  try {
    onDisk(path, () => writeFileSync(`${path}.part`, content));
  } catch (error) {
    rmSync(`${path}.part`, { force: true });
    throw error;
  }
  renameSync(`${path}.part`, path);
}

/** Whether a file is there and has the digest. */
export function hasDigest(folder: string, { name, bytes, sha256 }: FileDigest): boolean {
  const path = join(folder, name);
  if (!existsSync(path) || statSync(path).size !== bytes) return false;
  let found = "";
  for (const _ of piecesOf(path, 2 ** 20, (digest) => {
    found = digest;
  }));
  return found === sha256;
}

/** A file's contents piece by piece, every piece in the same buffer, with its digest in the end. */
export function* piecesOf(path: string, pieceBytes: number, digest?: (sha256: string) => void): Generator<Uint8Array> {
  const descriptor = openSync(path, "r");
  const buffer = new Uint8Array(pieceBytes);
  const hash = digest ? createHash("sha256") : undefined;
  try {
    for (;;) {
      let length = 0;
      while (length < pieceBytes) {
        const read = readSync(descriptor, buffer, length, pieceBytes - length, null);
        if (read === 0) break;
        length += read;
      }
      if (length > 0) {
        const piece = buffer.subarray(0, length);
        hash?.update(piece);
        yield piece;
      }
      if (length < pieceBytes) break;
    }
  } finally {
    closeSync(descriptor);
  }
  if (hash) digest!(hash.digest("hex"));
}
