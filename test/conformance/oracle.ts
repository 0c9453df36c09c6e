/**
 * Our oracle under the original's own binaries: each vector's block, and the example block, is run live, and the public input, the cycles, the delegation
 * calls and every word of the tape must be the recorded ones.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { interpreter } from "../../emulator/engine/interpreter.ts";
import { FULL } from "../../emulator/machine/config.ts";
import { InputError } from "../../errors.ts";
import { type BlockBundle, readBundle } from "../../host/blocks/bundle.ts";
import { OracleDevice } from "../../host/oracle/device.ts";
import { Oracle } from "../../host/oracle/oracle.ts";
import { publicInputOfRegisters } from "../../host/state/public-input.ts";
import { binaryFile, readBinary } from "../lib/original.ts";
import { recordedTape, vectorCases } from "../lib/vectors.ts";
import type { Outcome, Suite } from "./main.ts";

const EXAMPLE = join(import.meta.dirname, "../../examples/block");
const MAX_CYCLES = 2 ** 36;

export const suite: Suite = {
  run(checkout, say) {
    if (!existsSync(binaryFile(checkout, "app"))) {
      const next = "give a checkout of ZKsync OS, its binaries included";
      throw new InputError("there is no zksync_os/app.bin", checkout, next);
    }
    const outcome: Outcome = { passed: 0, failed: 0, excluded: 0 };
    const judge = (label: string, differences: string[]) => {
      for (const difference of differences) say(`FAILED   ${label}: ${difference}`);
      outcome[differences.length > 0 ? "failed" : "passed"]++;
    };
    for (const { flavour, name, folder } of vectorCases()) {
      const tape = recordedTape(folder);
      if (tape) judge(`${flavour}/${name}`, runCase(readBundle(folder), 0, checkout, tape));
      else {
        outcome.excluded++;
        say(`excluded ${flavour}/${name}: there is no binary of this flavour`);
      }
    }
    const example = readBundle(EXAMPLE);
    example.expected.runs.forEach(({ flavour }, i) => {
      judge(`examples/block, ${flavour}`, runCase(example, i, checkout));
    });
    return outcome;
  },
};

/** @returns what differs from run `i` of the bundle, and from the tape where one was recorded */
function runCase(bundle: BlockBundle, i: number, checkout: string, tape?: Uint32Array): string[] {
  const recorded = bundle.expected.runs[i];
  const image = readBinary(checkout, recorded.flavour);
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
  if (!tape) return differences;
  const words = device.tape();
  const first = words.findIndex((word, i) => word !== tape[i]);
  if (first >= 0 || words.length !== tape.length) {
    differences.push(`tape differs from word ${first >= 0 ? first : Math.min(words.length, tape.length)} on`);
  }
  return differences;
}
