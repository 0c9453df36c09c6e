/**
 * The explicit form of a block bundle: context, transactions and state before, byte by byte, and optionally what the original
 * computed. File by file the format of the reference vectors:
 *
 * - `context.json`, `transactions.json`, `tree_before.json`, `preimages_before.json`: needed
 * - `forward_output.json`, `proof.json`: optional, become `expected`
 */
import { basename, join, resolve } from "node:path";
import { fromHex, type Hex } from "../bytes.ts";
import { FLAVOURS, type Flavour, ORIGINAL_BINARY } from "../flavour.ts";
import { blake2sHex } from "../state/hash.ts";
import { MemoryTree } from "../state/memory-tree.ts";
import type { BlockResult, L2ToL1Log, TransactionResult } from "../state/result.ts";
import { type Preimages, State } from "../state/state.ts";
import type { Leaf, StateCommitment } from "../state/tree.ts";
import type { BlockBundle, BlockContext, Expected, OriginalRun } from "./block.ts";
import { type Field, readDocument, readOptionalDocument } from "./document.ts";

const NEXT = "compare the file with the explicit form in host/blocks/README.md";

export function readExplicitBundle(folder: string): BlockBundle {
  const read = (name: string) => readDocument(join(folder, name), NEXT);
  const readOptional = (name: string) => readOptionalDocument(join(folder, name), NEXT);
  return {
    name: basename(resolve(folder)),
    context: readContext(read("context.json")),
    transactions: read("transactions.json").items().map(readTransaction),
    state: new State(readTree(read("tree_before.json")), readPreimages(read("preimages_before.json"))),
    expected: readExpected(readOptional("forward_output.json"), readOptional("proof.json")),
  };
}

export function readContext(context: Field): BlockContext {
  const hashes = context.get("block_hashes_most_recent_first");
  const blockHashes = hashes.items().map((hash) => hash.word());
  if (blockHashes.length !== 256) hashes.fail(`expected 256 block hashes, got ${blockHashes.length}`);
  return {
    chainId: context.get("chain_id").uint(64),
    blockNumber: context.get("block_number").positive(64),
    timestamp: context.get("timestamp").uint(64),
    baseFee: context.get("eip1559_basefee").uint(256),
    gasPerPubdata: context.get("gas_per_pubdata").uint(256),
    nativePrice: context.get("native_price").uint(256),
    coinbase: context.get("coinbase").hex(20),
    gasLimit: context.get("gas_limit").uint(64),
    mixHash: context.get("mix_hash").word(),
    blockHashes,
  };
}

function readTransaction(field: Field): Uint8Array {
  const bytes = fromHex(field.hex());
  // A size of 0 tells the guest that the block is over (`system_io_oracle/mod.rs`).
  return bytes.length === 0 ? field.fail("a transaction cannot be empty") : bytes;
}

/** A tree with all its leaves; the stated root is checked. */
export function readTree(document: Field): MemoryTree {
  const leaves = document.get("leaves");
  const entries = leaves.items().map((leaf): [bigint, Leaf] => [
    leaf.get("index").uint(64),
    {
      key: leaf.get("key").hex(32),
      value: leaf.get("value").hex(32),
      next: leaf.get("next").uint(64),
    },
  ]);
  const tree = fromLeaves(leaves, entries, document.get("next_free_slot").uint(64));
  const root = document.get("root");
  if (root.hex(32) !== tree.root()) root.fail(`the leaves make the root ${tree.root()}, not the one stated`);
  return tree;
}

function fromLeaves(where: Field, entries: [bigint, Leaf][], nextFreeSlot: bigint): MemoryTree {
  try {
    return MemoryTree.fromLeaves(entries, nextFreeSlot);
  } catch (error) {
    return error instanceof RangeError ? where.fail(error.message) : rethrow(error);
  }
}

function rethrow(error: unknown): never {
  throw error;
}

/** Hash → bytes; each must be the Blake2s preimage that it claims to be. */
export function readPreimages(document: Field): Preimages {
  const preimages: Preimages = new Map();
  for (const [hash, field] of document.entries()) {
    const bytes = fromHex(field.hex());
    const actual = blake2sHex(bytes);
    if (actual !== hash) field.fail(`these bytes have the Blake2s hash ${actual}`);
    preimages.set(actual, bytes);
  }
  return preimages;
}

function readExpected(forward: Field | undefined, proof: Field | undefined): Expected {
  const expected: Expected = { runs: [] };
  if (forward) expected.result = readResult(forward);
  if (proof) {
    const commitments = proof.get("commitments");
    expected.runs = readRuns(proof);
    expected.stateBefore = readCommitment(proof.get("state_before"));
    expected.stateAfter = readCommitment(proof.get("state_after"));
    expected.publicInput = {
      blocks: commitments.get("blocks_public_input").hex(32),
      batch: commitments.get("batch").get("batch_public_input").hex(32),
    };
  }
  return expected;
}

const flavourOfBinary = (bin: string): Flavour | undefined =>
  FLAVOURS.find((flavour) => ORIGINAL_BINARY[flavour] === bin);

/** The `runs` of a document, if it has any: which binary of the original, and what came out. */
export function readRuns(document: Field): OriginalRun[] {
  return (document.optional("runs")?.items() ?? []).map((run) => {
    const bin = run.get("bin");
    return {
      flavour: flavourOfBinary(bin.string()) ?? bin.fail(`"${bin.string()}" is no binary of ZKsync OS`),
      publicInput: run.get("public_input_bytes").hex(32),
      cycles: Number(run.get("cycles").uint(53)),
      blake2s: Number(run.get("blake2_delegations").uint(32)),
      u256: Number(run.get("u256_delegations").uint(32)),
    };
  });
}

function readCommitment(field: Field): StateCommitment {
  return { root: field.get("root").hex(32), nextFreeSlot: field.get("next_free_slot").uint(64) };
}

export function readResult(output: Field): BlockResult {
  const header = output.get("header");
  return {
    header: {
      parentHash: header.get("parent_hash").hex(32),
      ommersHash: header.get("ommers_hash").hex(32),
      beneficiary: header.get("beneficiary").hex(20),
      stateRoot: header.get("state_root").hex(32),
      transactionsRoot: header.get("transactions_root").hex(32),
      receiptsRoot: header.get("receipts_root").hex(32),
      logsBloom: header.get("logs_bloom").hex(256),
      difficulty: header.get("difficulty").hex(32),
      number: header.get("number").uint(64),
      gasLimit: header.get("gas_limit").uint(64),
      gasUsed: header.get("gas_used").uint(64),
      timestamp: header.get("timestamp").uint(64),
      extraData: header.get("extra_data").hex(),
      mixHash: header.get("mix_hash").hex(32),
      nonce: header.get("nonce").hex(8),
      baseFeePerGas: header.get("base_fee_per_gas").uint(64),
    },
    blockHash: output.get("block_hash").hex(32),
    transactions: output.get("tx_results").items().map(readTransactionResult),
    storageWrites: output
      .get("storage_writes_in_order")
      .items()
      .map((write) => ({
        account: write.get("account").hex(20),
        accountKey: write.get("account_key").hex(32),
        flatKey: write.get("flat_key").hex(32),
        value: write.get("value").hex(32),
      })),
    publishedPreimages: output
      .get("published_preimages")
      .items()
      .map((preimage) => ({
        hash: preimage.get("hash").hex(32),
        kind: readPreimageKind(preimage.get("type")),
        bytes: fromHex(preimage.get("preimage").hex()),
      })),
    pubdata: fromHex(output.get("pubdata").hex()),
  };
}

function readPreimageKind(field: Field): "account" | "bytecode" {
  const kind = field.string();
  if (kind === "AccountData") return "account";
  return kind === "Bytecode" ? "bytecode" : field.fail(`expected "AccountData" or "Bytecode", got "${kind}"`);
}

/** A list of an EVM's logs, which a node's receipts write alike. */
export function readLogs(list: Field): { address: Hex; topics: Hex[]; data: Hex }[] {
  return list.items().map((log) => ({
    address: log.get("address").hex(20),
    topics: log
      .get("topics")
      .items()
      .map((topic) => topic.hex(32)),
    data: log.get("data").hex(),
  }));
}

function readTransactionResult(result: Field): TransactionResult {
  const validationError = result.optional("validation_error");
  if (validationError) return { status: "invalid", validationError: validationError.string() };
  const contractAddress: Hex | undefined = result.optional("contract_address")?.hex(20);
  return {
    status: readStatus(result.get("status")),
    returnData: result.get("return_data").hex(),
    gasUsed: result.get("gas_used").uint(64),
    gasRefunded: result.get("gas_refunded").uint(64),
    nativeUsed: result.get("native_used").uint(64),
    ...(contractAddress === undefined ? {} : { contractAddress }),
    logs: readLogs(result.get("logs")),
    l2ToL1Logs: result.get("l2_to_l1_logs").items().map(readL2ToL1Log),
  };
}

function readStatus(field: Field): "success" | "revert" {
  const status = field.string();
  return status === "success" || status === "revert" ? status : field.fail(`unknown status "${status}"`);
}

function readL2ToL1Log(log: Field): L2ToL1Log {
  const message = log.optional("message_preimage")?.hex();
  return {
    shardId: Number(log.get("l2_shard_id").uint(8)),
    isService: log.get("is_service").boolean(),
    transactionNumber: Number(log.get("tx_number_in_block").uint(16)),
    sender: log.get("sender").hex(20),
    key: log.get("key").hex(32),
    value: log.get("value").hex(32),
    ...(message === undefined ? {} : { message }),
  };
}
