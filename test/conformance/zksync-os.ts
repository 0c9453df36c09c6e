/**
 * The binaries that ship with ZKsync OS, on the tapes that the original's own runs consumed (`../shared/vectors`): registers,
 * cycles, delegations, and the whole tape read.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Engine } from "../../emulator/engine/engine.ts";
import { engineByName } from "../../emulator/engine/engines.ts";
import { FULL } from "../../emulator/machine/config.ts";
import { ReplayTape } from "../../emulator/tape/device.ts";
import { parseRaw } from "../../emulator/tape/tape.ts";
import { shared } from "../lib/shared.ts";
import type { Suite } from "./main.ts";

/** Folder of vectors → binary of the checkout. */
const BINARIES: Record<string, string> = { app: "app.bin", server: "server_app.bin", "evm-replay": "evm_replay.bin" };

export interface RecordedRun {
  bin: string;
  blake2_delegations: number;
  u256_delegations: number;
  cycles: number;
  registers_x10_x17: string[];
  witness_words: number;
}

/** @returns what differs */
function compare(engine: Engine, image: Uint8Array, tapeFile: string, run: RecordedRun): string[] {
  const tape = new ReplayTape(parseRaw(readFileSync(tapeFile, "latin1")));
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
    for (const [flavour, binary] of Object.entries(BINARIES)) {
      const image = readFileSync(join(checkout, "zksync_os", binary));
      for (const name of readdirSync(join(vectors, flavour)).sort()) {
        const folder = join(vectors, flavour, name);
        if (!existsSync(join(folder, "proof.json"))) {
          outcome.excluded++;
          say(`excluded ${flavour}/${name}: the original itself stops with an internal error, there is no proving run`);
          continue;
        }
        const { runs } = JSON.parse(readFileSync(join(folder, "proof.json"), "utf8")) as { runs: RecordedRun[] };
        for (const run of runs.filter(({ bin }) => bin === binary)) {
          const tape = join(folder, `tape_${binary.replace(".bin", "")}.hex`);
          const differences = compare(engine, image, tape, run);
          for (const difference of differences) say(`FAILED   ${flavour}/${name}: ${difference}`);
          outcome[differences.length > 0 ? "failed" : "passed"]++;
        }
      }
    }
    return outcome;
  },
};
