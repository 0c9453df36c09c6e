/**
 * Both engines on every reference vector, with the binary that ships with ZKsync OS and with our own image: compared at random cycle limits on the way, and at
 * the end (registers, pc, cycles, delegations, tape position, memory).
 */
import { blockCases } from "../../bench/block/cases.ts";
import type { Engine } from "../../emulator/engine/engine.ts";
import { interpreter } from "../../emulator/engine/interpreter.ts";
import { translator } from "../../emulator/engine/translator.ts";
import { FULL, type MachineConfig } from "../../emulator/machine/config.ts";
import { ReplayTape } from "../../emulator/tape/device.ts";
import { readBundle } from "../../host/blocks/bundle.ts";
import { provingImage } from "../../host/stf/image.ts";
import { recordTape } from "../../host/stf/proving-block.ts";
import { compareEngines } from "../fuzz/engine/compare.ts";
import { readBinary } from "../lib/original.ts";
import { recordedTape } from "../lib/vectors.ts";
import type { Suite } from "./main.ts";

const ENGINES: readonly [Engine, Engine] = [interpreter, translator];
const PIECES = 8;

export const suite: Suite = {
  async run(checkout, say) {
    const outcome = { passed: 0, failed: 0, excluded: 0 };
    let [cycles, checkpoints, seed] = [0, 0, 0];
    const compare = (what: string, image: Uint8Array, config: MachineConfig, words: Uint32Array): void => {
      const options = { seed: ++seed, pieces: PIECES, maxCycles: 2 ** 40, pieceBits: 25 };
      const result = compareEngines(ENGINES, { image, tape: () => new ReplayTape(words) }, config, options);
      cycles += result.cycles;
      checkpoints += result.checkpoints;
      const isGood = result.difference === undefined && result.stop === "finished";
      outcome[isGood ? "passed" : "failed"]++;
      if (!isGood) say(`FAILED   ${what}: ${result.difference ?? result.stop}`);
    };
    for (const { name, folder, flavour } of blockCases()) {
      const tape = recordedTape(folder);
      if (tape) compare(`original ${name}`, readBinary(checkout, flavour), FULL, tape);
      const own = await provingImage({ flavour });
      const recorded = recordTape(interpreter, own, readBundle(folder));
      if (recorded.stop.kind === "finished") compare(`ours ${name}`, own.image, own.config, recorded.tape);
      else {
        outcome.excluded++;
        say(`excluded ours ${name}: the run does not finish (${recorded.stop.cause ?? recorded.stop.kind})`);
      }
    }
    say(`${cycles} cycles on each engine, compared at ${checkpoints} limits`);
    return outcome;
  },
};
