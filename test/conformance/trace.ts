/**
 * Witnesses of all proving runs of `../shared/vectors`: the original's binaries on the tapes that they consumed, and our own images on theirs. Each run is
 * recorded straight into the checker, which must accept it; cycles, calls and output are those recorded.
 */
import { interpreter } from "../../emulator/engine/interpreter.ts";
import { FULL } from "../../emulator/machine/config.ts";
import type { RunClaim } from "../../emulator/trace/check-join.ts";
import { readBundle } from "../../host/blocks/bundle.ts";
import { provingImage } from "../../host/stf/image.ts";
import { recordTape } from "../../host/stf/proving-block.ts";
import { traceAndCheck } from "../../host/trace/stream.ts";
import { type RecordedRun, readBinary, recordedVectors } from "../lib/original.ts";
import { shared } from "../lib/shared.ts";
import { recordedTape } from "../lib/vectors.ts";
import type { Suite } from "./main.ts";

type Pair = readonly [what: string, ours: unknown, theirs: unknown];

const outputOf = (run: RecordedRun) => run.registers_x10_x17.map(Number).join();

function recordedPairs(claim: RunClaim, run: RecordedRun): Pair[] {
  return [
    // the vectors do not count the final jump to itself
    ["cycles", claim.cycles, run.cycles + 1],
    ["blake2s", claim.delegations.blake2s, run.blake2_delegations],
    ["u256", claim.delegations.u256, run.u256_delegations],
    ["x10…x17", claim.output.join(), outputOf(run)],
    ["tape words", claim.tapeWordsRead, run.witness_words],
  ];
}

/** @returns what is wrong */
async function problems(trace: () => Promise<RunClaim>, pairs: (claim: RunClaim) => Pair[]): Promise<string[]> {
  try {
    const wrong = pairs(await trace()).filter(([, ours, theirs]) => ours !== theirs);
    return wrong.map(([what, ours, theirs]) => `${what}: ${ours}, not ${theirs}`);
  } catch (error) {
    return [`${(error as Error).name}: ${(error as Error).message}`];
  }
}

export const suite: Suite = {
  async run(checkout, say) {
    const vectors = shared("vectors");
    const outcome = { passed: 0, failed: 0, excluded: 0 };
    if (!vectors) return outcome;
    let cycles = 0;
    const count = (name: string, found: string[]) => {
      for (const problem of found) say(`FAILED   ${name}: ${problem}`);
      outcome[found.length > 0 ? "failed" : "passed"]++;
    };
    const traced = async (job: Parameters<typeof traceAndCheck>[0]) => {
      const claim = await traceAndCheck(job, { threads: 1 });
      cycles += claim.cycles;
      return claim;
    };
    for (const { flavour, name, folder, run, reason } of recordedVectors(vectors)) {
      if (!run) {
        outcome.excluded++;
        say(`excluded ${flavour}/${name}: ${reason}`);
        continue;
      }
      const ours = await provingImage({ flavour });
      const theirs = { image: readBinary(checkout, flavour), config: FULL, tape: recordedTape(folder)! };
      count(
        `${flavour}/${name}, ${run.bin}`,
        await problems(
          () => traced(theirs),
          (claim) => recordedPairs(claim, run),
        ),
      );
      const own = () => traced({ ...ours, tape: recordTape(interpreter, ours, readBundle(folder)).tape });
      const output = (claim: RunClaim): Pair[] => [["x10…x17", claim.output.join(), outputOf(run)]];
      count(`${flavour}/${name}, our image`, await problems(own, output));
    }
    say(`${cycles.toLocaleString("en-US")} cycles traced and accepted`);
    return outcome;
  },
};
