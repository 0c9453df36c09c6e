/** Every commitment inside the public input, in both forms, for every vector. */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readBundle } from "../../../host/blocks/bundle.ts";
import { readDocument } from "../../../host/blocks/document.ts";
import { toHex } from "../../../host/bytes.ts";
import {
  batchPublicInput,
  blocksPublicInput,
  encodeL2ToL1Log,
  publicInputOfRegisters,
  runBlock,
} from "../../../host/state/public-input.ts";
import { vectorCases } from "../../lib/vectors.ts";

const cases = vectorCases();

describe.skipIf(cases.length === 0)("vectors", () => {
  it.each(cases)("$flavour/$name", ({ flavour, folder }) => {
    const bundle = readBundle(folder);
    const run = runBlock(bundle, bundle.expected.result!);
    const proof = readDocument(join(folder, "proof.json"), "");
    const commitments = proof.get("commitments");
    const hash = (name: string) => commitments.get(name).hex(32);
    const ofBatch = (name: string) => commitments.get("batch").get(name).hex(32);

    const blocks = blocksPublicInput(run);
    expect(blocks).toEqual({
      publicInput: hash("blocks_public_input"),
      chainStateBefore: hash("chain_state_commitment_before"),
      chainStateAfter: hash("chain_state_commitment_after"),
      blockHashesBefore: hash("last_256_block_hashes_blake_before"),
      blockHashesAfter: hash("last_256_block_hashes_blake_after"),
      blocksOutput: hash("blocks_output_hash"),
      pubdataHash: hash("pubdata_hash_blake2s"),
      priorityOperationsHash: hash("l1_to_l2_txs_hash_blake2s"),
      l2ToL1LogsHash: hash("l2_to_l1_logs_hashes_hash_blake2s"),
      upgradeTransactionHash: hash("upgrade_tx_hash"),
    });

    const batch = batchPublicInput(run);
    expect(batch).toEqual({
      publicInput: ofBatch("batch_public_input"),
      stateBefore: ofBatch("state_before"),
      stateAfter: ofBatch("state_after"),
      batchOutput: ofBatch("batch_output_hash"),
      pubdataHash: ofBatch("pubdata_keccak"),
      daCommitment: ofBatch("da_commitment"),
      l1Transactions: Number(commitments.get("batch").get("number_of_layer_1_txs").uint(32)),
      priorityOperationsHash: ofBatch("priority_operations_hash"),
      l2LogsLocalRoot: ofBatch("l2_logs_tree_root_local"),
      l2LogsRoot: ofBatch("l2_logs_tree_root_full"),
      upgradeTransactionHash: hash("upgrade_tx_hash"),
    });

    for (const proving of proof.optional("runs")?.items() ?? []) {
      const words = proving.get("registers_x10_x17").items();
      const registers = Uint32Array.from({ length: 32 }, (_, i) => Number(words[i - 10]?.uint(32) ?? 0n));
      expect(publicInputOfRegisters(registers)).toBe((flavour === "server" ? batch : blocks).publicInput);
    }
  });

  it("encodes L2→L1 logs as the original publishes them", () => {
    let count = 0;
    for (const { folder } of cases) {
      const recorded = readDocument(join(folder, "forward_output.json"), "").get("tx_results").items();
      readBundle(folder).expected.result!.transactions.forEach((tx, i) => {
        if (tx.status === "invalid") return;
        const encodings = recorded[i].get("l2_to_l1_logs").items();
        tx.l2ToL1Logs.forEach((log, j) => {
          expect(toHex(encodeL2ToL1Log(log))).toBe(encodings[j].get("encoding").hex(88));
          count++;
        });
      });
    }
    expect(count).toBeGreaterThan(5);
  });
});
