/** The guest binaries of a checkout of ZKsync OS, and the runs of them that `../shared/vectors` holds. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { FLAVOURS, type Flavour, ORIGINAL_BINARY } from "../../host/flavour.ts";

export const binaryFile = (checkout: string, flavour: Flavour): string =>
  join(checkout, "zksync_os", ORIGINAL_BINARY[flavour]);

export const readBinary = (checkout: string, flavour: Flavour): Uint8Array<ArrayBuffer> =>
  new Uint8Array(readFileSync(binaryFile(checkout, flavour)));

/** A run as `proof.json` of a vector states it. */
export interface RecordedRun {
  bin: string;
  blake2_delegations: number;
  u256_delegations: number;
  /** without the final jump to itself */
  cycles: number;
  registers_x10_x17: string[];
  witness_words: number;
}

/** A vector's run of its flavour's binary, or why there is none. */
export interface RecordedVector {
  flavour: Flavour;
  name: string;
  folder: string;
  run: RecordedRun | undefined;
  /** where there is no run */
  reason: string;
}

/** The flavours are also the names of the folders. */
export function* recordedVectors(vectors: string): Generator<RecordedVector> {
  for (const flavour of FLAVOURS)
    for (const name of readdirSync(join(vectors, flavour)).sort()) {
      const folder = join(vectors, flavour, name);
      const proof = join(folder, "proof.json");
      if (!existsSync(proof)) {
        const reason = "the original itself stops with an internal error, there is no proving run";
        yield { flavour, name, folder, run: undefined, reason };
        continue;
      }
      const { runs } = JSON.parse(readFileSync(proof, "utf8")) as { runs: RecordedRun[] };
      const run = runs.find(({ bin }) => bin === ORIGINAL_BINARY[flavour]);
      yield { flavour, name, folder, run, reason: run ? "" : `no run of ${ORIGINAL_BINARY[flavour]} is recorded` };
    }
}
