/**
 * `npm run cycles`: measures what representative blocks cost the prover and writes it down in `cycles.json`, which `test/stf/cycles.test.ts` holds every change to.
 * Blocks whose data is not beside this repository keep their figures.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { interpreter } from "../emulator/engine/interpreter.ts";
import { readBundle } from "../host/blocks/bundle.ts";
import { provingImage } from "../host/stf/image.ts";
import { recordTape } from "../host/stf/proving-block.ts";
import { type BlockCase, blockCases } from "./block/cases.ts";

/** What a run needs of the prover. */
export interface Cost {
  cycles: number;
  blake2s: number;
  u256: number;
  effective: number;
}

/** Enough of everything: transfers, contracts, each precompile that costs, deployments, messages, both trees' forms, all flavours. */
const REPRESENTATIVE = new Set([
  "example",
  "app/a_empty_block_one_account",
  "app/b_transfers_mixed_randomized",
  "app/c_erc20_mint_and_100_transfers",
  "app/d_precompile_01_ecrecover",
  "app/d_precompile_02_sha256_123456",
  "app/d_precompile_05_nagydani_5_pow0x10001",
  "app/d_precompile_08_alt_bn128_pairing_two_point_match_2",
  "app/f_deploy_erc20",
  "app/f_sstore_add_one",
  "app/i_pubdata_compression_variety",
  "server/e_l2_to_l1_message_via_contract_one",
  "evm-replay/22244135.plain",
]);

const FILE = fileURLToPath(new URL("cycles.json", import.meta.url));

export const costCases = (): BlockCase[] => blockCases().filter(({ name }) => REPRESENTATIVE.has(name));

export const recordedCosts = (): Record<string, Cost> => JSON.parse(readFileSync(FILE, "utf8"));

/** Runs the block in proving mode; throws if it does not come to an end. */
export async function measureCost({ name, folder, flavour }: BlockCase): Promise<Cost> {
  const image = await provingImage({ flavour }, (message) => console.error(message));
  const { stop, cycles, delegations, effectiveCycles } = recordTape(interpreter, image, readBundle(folder));
  if (stop.kind !== "finished") throw new Error(`${name}: the run ended ${stop.kind}`);
  return { cycles, blake2s: delegations.blake2s, u256: delegations.u256, effective: effectiveCycles };
}

/** How a cost compares with the recorded one: `65,700,000 → 64,100,000 (−2.44 %)`. */
export function formatChange(before: Cost, after: Cost): string {
  const percent = (100 * (after.effective - before.effective)) / before.effective;
  const format = (value: number) => value.toLocaleString("en");
  return `${format(before.effective)} → ${format(after.effective)} effective cycles (${percent > 0 ? "+" : "−"}${Math.abs(percent).toFixed(3)} %)`;
}

async function main(): Promise<void> {
  const costs = recordedCosts();
  for (const block of costCases()) {
    const cost = await measureCost(block);
    const before = costs[block.name];
    console.log(`${block.name}: ${before ? formatChange(before, cost) : cost.effective}`);
    costs[block.name] = cost;
  }
  writeFileSync(FILE, `${JSON.stringify(costs, null, 2)}\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
