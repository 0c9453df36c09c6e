/**
 * Our oracle under the original's own binaries: each vector's block is run live, and the public input, the cycles, the delegation
 * calls and every word of the tape must be the recorded ones.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { interpreter } from "../../emulator/engine/interpreter.ts";
import { FULL } from "../../emulator/machine/config.ts";
import { type Flavour, readBundle } from "../../host/blocks/bundle.ts";
import { InputError } from "../../host/errors.ts";
import { OracleDevice } from "../../host/oracle/device.ts";
import { Oracle } from "../../host/oracle/oracle.ts";
import { publicInputOfRegisters } from "../../host/state/public-input.ts";
import { recordedTape, type VectorCase, vectorCases } from "../lib/vectors.ts";
import type { Outcome } from "./main.ts";

const MAX_CYCLES = 2 ** 36;
const BINARIES: Record<Flavour, string> = { app: "app.bin", "evm-replay": "evm_replay.bin", server: "server_app.bin" };

export function run(checkout: string): Outcome {
  const folder = join(checkout, "zksync_os");
  if (!existsSync(join(folder, "app.bin"))) {
    throw new InputError(
      "there is no zksync_os/app.bin",
      checkout,
      "give a checkout of ZKsync OS, its binaries included",
    );
  }
  const vectors = vectorCases();
  if (vectors.length === 0) {
    throw new InputError(
      "the reference vectors are not there",
      "shared/vectors",
      "set WINDPROOF_SHARED to their folder",
    );
  }
  const outcome: Outcome = { passed: 0, failed: 0, excluded: 0 };
  for (const vector of vectors) {
    const label = `${vector.flavour}/${vector.name}`;
    const tape = recordedTape(vector.folder);
    if (tape === undefined) {
      outcome.excluded++;
      console.error(`excluded ${label}: there is no binary of this flavour`);
      continue;
    }
    const differences = runCase(vector, folder, tape);
    if (differences.length === 0) outcome.passed++;
    else {
      outcome.failed++;
      console.error(`failed ${label}: ${differences.join("; ")}`);
    }
  }
  return outcome;
}

function runCase(vector: VectorCase, binaries: string, tape: Uint32Array): string[] {
  const bundle = readBundle(vector.folder);
  const recorded = bundle.expected.runs[0];
  const image = new Uint8Array(readFileSync(join(binaries, BINARIES[recorded.flavour])));
  const device = new OracleDevice(new Oracle(bundle));
  const machine = interpreter.load(image, FULL, device);
  const stop = machine.run({ maxCycles: MAX_CYCLES });
  if (stop.kind !== "finished") return [`${stop.kind}: ${stop.message ?? stop.cause ?? ""}`];
  const differences: string[] = [];
  const compare = (what: string, ours: unknown, theirs: unknown) => {
    if (ours !== theirs) differences.push(`${what} ${ours}, recorded ${theirs}`);
  };
  compare("public input", publicInputOfRegisters(machine.registers), recorded.publicInput);
  compare("cycles", machine.cycles - 1, recorded.cycles); // recorded up to the jump to itself, which ours counts
  compare("Blake2s calls", machine.delegations.blake2s, recorded.blake2s);
  compare("U256 calls", machine.delegations.u256, recorded.u256);
  const words = device.tape();
  const first = words.findIndex((word, i) => word !== tape[i]);
  if (first >= 0 || words.length !== tape.length) {
    differences.push(`tape differs from word ${first >= 0 ? first : Math.min(words.length, tape.length)} on`);
  }
  return differences;
}
