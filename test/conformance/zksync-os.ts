/**
 * The binaries that ship with ZKsync OS, on the tapes that the original's own runs consumed (`../shared/vectors`): registers,
 * cycles, delegations, and the whole tape read.
 */
import type { Engine } from "../../emulator/engine/engine.ts";
import { engineByName } from "../../emulator/engine/engines.ts";
import { FULL } from "../../emulator/machine/config.ts";
import { ReplayTape } from "../../emulator/tape/device.ts";
import { type RecordedRun, readBinary, recordedVectors } from "../lib/original.ts";
import { shared } from "../lib/shared.ts";
import { recordedTape } from "../lib/vectors.ts";
import type { Suite } from "./main.ts";

/** @returns what differs */
function compare(engine: Engine, image: Uint8Array, words: Uint32Array, run: RecordedRun): string[] {
  const tape = new ReplayTape(words);
  const machine = engine.load(image, FULL, tape);
  const stop = machine.run();
  if (stop.kind !== "finished") return [`${stop.kind}: ${stop.message ?? ""} at 0x${stop.pc.toString(16)}`];
  const { blake2s, u256 } = machine.delegations;
  const pairs: [string, unknown, unknown][] = [
    // the vectors do not count the final jump to itself
    ["cycles", machine.cycles, run.cycles + 1],
    ["blake2s", blake2s, run.blake2_delegations],
    ["u256", u256, run.u256_delegations],
    ["x10…x17", [...machine.registers.subarray(10, 18)].join(), run.registers_x10_x17.map(Number).join()],
    ["tape words", machine.tapeWordsRead, run.witness_words],
    ["words left", tape.left, 0],
  ];
  return pairs
    .filter(([, ours, theirs]) => ours !== theirs)
    .map(([what, ours, theirs]) => `${what}: ${ours}, not ${theirs}`);
}

export const suite: Suite = {
  async run(checkout, say, options) {
    const engine = await engineByName(options.engine);
    const vectors = shared("vectors");
    const outcome = { passed: 0, failed: 0, excluded: 0 };
    if (!vectors) return outcome;
    for (const { flavour, name, folder, run, reason } of recordedVectors(vectors)) {
      if (!run) {
        outcome.excluded++;
        say(`excluded ${flavour}/${name}: ${reason}`);
        continue;
      }
      const differences = compare(engine, readBinary(checkout, flavour), recordedTape(folder)!, run);
      for (const difference of differences) say(`FAILED   ${flavour}/${name}: ${difference}`);
      outcome[differences.length > 0 ? "failed" : "passed"]++;
    }
    return outcome;
  },
};
