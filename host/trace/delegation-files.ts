/** Delegation witnesses on disk: four files for each circuit, a new circuit when one is full; and the same read back. */
import { closeSync, existsSync, openSync, readSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Delegation } from "../../emulator/isa/table.ts";
import type { CallFile } from "../../emulator/trace/check.ts";
import {
  bytesPerCall,
  DELEGATION_NAMES,
  DELEGATION_PARTS,
  DELEGATIONS,
  type DelegationPart,
} from "../../emulator/trace/layout.ts";
import { CheckRefusal } from "../../emulator/trace/refusal.ts";
import { DigestedFile, delegationFile, type FileDigest } from "./files.ts";

type Parts = Readonly<Record<DelegationPart, Uint8Array>>;

export class DelegationWriter {
  readonly #folder: string;
  readonly #open: Partial<Record<Delegation, { files: DigestedFile[]; calls: number }>> = {};
  readonly #circuits: Record<Delegation, number> = { blake2s: 0, u256: 0 };
  readonly #finished: FileDigest[] = [];

  constructor(folder: string) {
    this.#folder = folder;
  }

  write(name: Delegation, calls: number, parts: Parts): void {
    const size = bytesPerCall(name);
    for (let done = 0; done < calls; ) {
      const open = (this.#open[name] ??= {
        files: DELEGATION_PARTS.map(
          (part) => new DigestedFile(this.#folder, delegationFile(name, this.#circuits[name], part)),
        ),
        calls: 0,
      });
      const count = Math.min(calls - done, DELEGATIONS[name].capacity - open.calls);
      DELEGATION_PARTS.forEach((part, i) => {
        open.files[i].write(parts[part].subarray(done * size[part], (done + count) * size[part]));
      });
      open.calls += count;
      done += count;
      if (open.calls === DELEGATIONS[name].capacity) this.#close(name);
    }
  }

  #close(name: Delegation): void {
    const open = this.#open[name];
    if (!open) return;
    for (const file of open.files) this.#finished.push(file.finish());
    delete this.#open[name];
    this.#circuits[name]++;
  }

  /** Ends the files. Those that an earlier, longer run left behind them would be read as this run's: they go. */
  finish(): FileDigest[] {
    for (const name of DELEGATION_NAMES) {
      this.#close(name);
      for (const part of DELEGATION_PARTS)
        for (let circuit = this.#circuits[name]; ; circuit++) {
          const path = join(this.#folder, delegationFile(name, circuit, part));
          if (!existsSync(path)) break;
          rmSync(path);
        }
    }
    return this.#finished;
  }

  abandon(): void {
    for (const name of DELEGATION_NAMES) for (const file of this.#open[name]?.files ?? []) file.abandon();
  }
}

/** Timestamps that are read at a time. */
const BLOCK = 2 ** 14;

/** The calls of one delegation in a folder, read where they are asked for. @throws CheckRefusal when lengths do not fit together */
export class DelegationReader implements CallFile {
  readonly files: number[] = [];
  readonly #name: Delegation;
  readonly #descriptors: Record<DelegationPart, number>[] = [];
  readonly #block = new Uint8Array(BLOCK * 6);
  #blockStart = -1;

  constructor(folder: string, name: Delegation) {
    this.#name = name;
    const size = bytesPerCall(name);
    for (let circuit = 0; existsSync(join(folder, delegationFile(name, circuit, "write_timestamp"))); circuit++) {
      const paths = DELEGATION_PARTS.map((part) => join(folder, delegationFile(name, circuit, part)));
      const calls = statSync(paths[0]).size / size.write_timestamp;
      DELEGATION_PARTS.forEach((part, i) => {
        const bytes = existsSync(paths[i]) ? statSync(paths[i]).size : -1;
        if (bytes !== calls * size[part] || !Number.isInteger(calls))
          throw new CheckRefusal("file", `${paths[i]} has ${bytes} bytes, ${calls} calls need ${calls * size[part]}`);
      });
      this.files.push(calls);
      const opened = DELEGATION_PARTS.map((part, i) => [part, openSync(paths[i], "r")]);
      this.#descriptors.push(Object.fromEntries(opened));
    }
  }

  timestamp(call: number): number {
    const begin = call - (call % BLOCK);
    if (begin !== this.#blockStart) {
      this.#blockStart = begin;
      this.#fill("write_timestamp", begin, Math.min(BLOCK, this.#total - begin), this.#block);
    }
    const at = (call - begin) * 6;
    const block = this.#block;
    const low = block[at] | (block[at + 1] << 8) | (block[at + 2] << 16);
    return low + 2 ** 24 * (block[at + 3] | (block[at + 4] << 8) | (block[at + 5] << 16));
  }

  get #total(): number {
    return this.files.reduce((sum, calls) => sum + calls, 0);
  }

  /** Reads calls [from, from + count) of a part, which may lie in two files. */
  #fill(part: DelegationPart, from: number, count: number, target: Uint8Array): void {
    const bytes = bytesPerCall(this.#name)[part];
    for (let done = 0; done < count; ) {
      let [circuit, at] = [0, from + done];
      while (at >= this.files[circuit]) at -= this.files[circuit++];
      const here = Math.min(count - done, this.files[circuit] - at);
      const read = readSync(this.#descriptors[circuit][part], target, done * bytes, here * bytes, at * bytes);
      if (read !== here * bytes)
        throw new CheckRefusal("file", `the ${part} of ${this.#name} ends early, at call ${from + done}`);
      done += here;
    }
  }

  read(from: number, count: number): Record<DelegationPart, Uint8Array> {
    const size = bytesPerCall(this.#name);
    const parts = DELEGATION_PARTS.map((part) => {
      const target = new Uint8Array(count * size[part]);
      this.#fill(part, from, count, target);
      return [part, target];
    });
    return Object.fromEntries(parts);
  }

  close(): void {
    for (const parts of this.#descriptors) for (const part of DELEGATION_PARTS) closeSync(parts[part]);
  }
}

export function delegationReaders(folder: string): Record<Delegation, DelegationReader> {
  return { blake2s: new DelegationReader(folder, "blake2s"), u256: new DelegationReader(folder, "u256") };
}
