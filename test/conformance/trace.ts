/**
 * Witnesses of all proving runs of `../shared/vectors`: the original's binaries on the tapes that they consumed, and our own images on theirs. Each run is
 * recorded straight into the checker, which must accept it; cycles, calls and output are those recorded.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { interpreter } from "../../emulator/engine/interpreter.ts";
import { FULL } from "../../emulator/machine/config.ts";
import { parseRaw } from "../../emulator/tape/tape.ts";
import type { RunClaim } from "../../emulator/trace/check-join.ts";
import { readBundle } from "../../host/blocks/bundle.ts";
import type { Flavour } from "../../host/flavour.ts";
import { provingImage } from "../../host/stf/image.ts";
import { recordTape } from "../../host/stf/proving-block.ts";
import { traceAndCheck } from "../../host/trace/stream.ts";
import { shared } from "../lib/shared.ts";
import type { Suite } from "./main.ts";
import type { RecordedRun } from "./zksync-os.ts";

/** Folder of vectors, which is the flavour's name → binary of the checkout. */
const BINARIES: Record<Flavour, string> = { app: "app.bin", server: "server_app.bin", "evm-replay": "evm_replay.bin" };

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
    for (const [flavour, binary] of Object.entries(BINARIES) as [Flavour, string][]) {
      const image = new Uint8Array(readFileSync(join(checkout, "zksync_os", binary)));
      const ours = await provingImage({ flavour });
      for (const name of readdirSync(join(vectors, flavour)).sort()) {
        const folder = join(vectors, flavour, name);
        if (!existsSync(join(folder, "proof.json"))) {
          outcome.excluded++;
          say(`excluded ${flavour}/${name}: the original itself stops with an internal error, there is no proving run`);
          continue;
        }
        const { runs } = JSON.parse(readFileSync(join(folder, "proof.json"), "utf8")) as { runs: RecordedRun[] };
        const run = runs.find(({ bin }) => bin === binary);
        if (!run) {
          outcome.excluded++;
          say(`excluded ${flavour}/${name}: no run of ${binary} is recorded`);
          continue;
        }
        const tape = parseRaw(readFileSync(join(folder, `tape_${binary.replace(".bin", "")}.hex`), "latin1"));
        const theirs = { image, config: FULL, tape };
        count(
          `${flavour}/${name}, ${binary}`,
          await problems(
            () => traced(theirs),
            (claim) => recordedPairs(claim, run),
          ),
        );
        const own = () => traced({ ...ours, tape: recordTape(interpreter, ours, readBundle(folder)).tape });
        const output = (claim: RunClaim): Pair[] => [["x10…x17", claim.output.join(), outputOf(run)]];
        count(`${flavour}/${name}, our image`, await problems(own, output));
      }
    }
    say(`${cycles.toLocaleString("en-US")} cycles traced and accepted`);
    return outcome;
  },
};
