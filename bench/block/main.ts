/**
 * `bench block`: what our guest costs the prover beside what the original's binary of the same flavour costs, for each block. Cycles are exact, so a ratio needs
 * one run. The times of forward mode come last: the first run, and the median of runs in a warm process.
 */
import { interpreter } from "../../emulator/engine/interpreter.ts";
import { effectiveCycles } from "../../emulator/machine/config.ts";
import { readBundle } from "../../host/blocks/bundle.ts";
import { runForward } from "../../host/forward/run.ts";
import { Oracle } from "../../host/oracle/oracle.ts";
import { formatCount, formatTable } from "../../host/report/table.ts";
import { forwardModule } from "../../host/stf/build.ts";
import { provingImage } from "../../host/stf/image.ts";
import { publicInputOfRun, recordTape } from "../../host/stf/proving-block.ts";
import { blockCases, forwardCases } from "./cases.ts";
import { runEthereumJs } from "./ethereumjs.ts";

const COLUMNS = [
  { title: "block" },
  { title: "cycles", right: true },
  { title: "Blake2s", right: true },
  { title: "U256", right: true },
  { title: "effective", right: true },
  { title: "original", right: true },
  { title: "ratio", right: true },
];

export async function run(): Promise<{ name: string; ratio: number }[]> {
  const rows: { name: string; ratio: number }[] = [];
  const lines: string[][] = [];
  for (const { name, folder, flavour } of blockCases()) {
    const bundle = readBundle(folder);
    const original = bundle.expected.runs.find((candidate) => candidate.flavour === flavour);
    if (!original) continue;
    const image = await provingImage({ flavour }, (message) => console.error(message));
    const ours = recordTape(interpreter, image, bundle);
    if (publicInputOfRun(ours) !== original.publicInput)
      throw new Error(`${name}: the public input is not the original's`);
    // the original's figures do not count the final jump to itself
    const cycles = ours.cycles - 1;
    const effective = effectiveCycles(cycles, ours.delegations);
    const theirs = effectiveCycles(original.cycles, original);
    rows.push({ name, ratio: Number((effective / theirs).toFixed(4)) });
    const figures = [cycles, ours.delegations.blake2s, ours.delegations.u256, effective, theirs].map(formatCount);
    lines.push([name, ...figures, (effective / theirs).toFixed(3)]);
  }
  console.log(formatTable(COLUMNS, lines));
  await timeForward();
  return rows;
}

/**
 * Forward mode of the larger blocks: first run (V8's baseline tier) and warm median, beside `@ethereumjs/evm` in turn (where the bundle is Ethereum's own), which
 * does less. The original's forward run of block 22244135 took 22.4 ms natively on a machine like ours (`vectors/README.md`).
 */
async function timeForward(): Promise<void> {
  const median = (times: number[]): number => [...times].sort((a, b) => a - b)[times.length >> 1];
  for (const { name, folder, flavour } of forwardCases()) {
    const bundle = readBundle(folder);
    const module = await forwardModule({ flavour });
    const ours: number[] = [];
    const theirs: number[] = [];
    let agreeing = 0;
    for (let i = 0; i < 15; i++) {
      ours.push((await runForward(module, new Oracle(bundle))).milliseconds);
      if (!bundle.ethereum) continue;
      const peer = await runEthereumJs(bundle, bundle.ethereum);
      theirs.push(peer.milliseconds);
      agreeing = peer.asInReceipts;
    }
    const warm = median(ours.slice(5));
    const peer = theirs.length
      ? `; @ethereumjs/evm first run ${theirs[0].toFixed(0)} ms, warm median ${median(theirs.slice(5)).toFixed(0)} ms` +
        ` (${agreeing} of ${bundle.transactions.length} outcomes as in the receipts), ratio ${(median(theirs.slice(5)) / warm).toFixed(1)}`
      : "";
    console.log(`forward ${name}: first run ${ours[0].toFixed(0)} ms, warm median ${warm.toFixed(0)} ms${peer}`);
  }
}
