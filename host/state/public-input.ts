/**
 * The public input, recomputed from a block's forward result: what the proving run must put into x10…x17.
 *
 * Two forms, as the original builds (`basic_system/src/system_implementation/system/{public_input,io_subsystem}.rs`): the blocks
 * form (Blake2s, for aggregation; flavours app and evm-replay) and the batch form (Keccak, opened on the settlement layer;
 * flavour server). Every commitment inside is in the answer, so that a difference can be followed to its cause.
 */
import type { BlockContext } from "../blocks/block.ts";
import { concat, fromHex, type Hex, toHex, uintToBytes } from "../bytes.ts";
import { blake2s, keccak256 } from "./hash.ts";
import type { BlockResult, L2ToL1Log } from "./result.ts";
import type { State } from "./state.ts";
import { commitmentOf, type StateCommitment } from "./tree.ts";

/** Formal address of the bootloader: sender of the logs that report L1→L2 and upgrade transactions. */
const BOOTLOADER_ADDRESS: Hex = "0x0000000000000000000000000000000000008001";
/** First byte of word 0 of an encoded protocol upgrade transaction. */
const UPGRADE_TYPE = 0xfe;
/** Levels of the tree of L2→L1 logs: 2^14 leaves. */
const LOGS_TREE_HEIGHT = 14;
const LOG_LENGTH = 88;
const ZERO = new Uint8Array(32);

export interface BlocksPublicInput {
  publicInput: Hex;
  chainStateBefore: Hex;
  chainStateAfter: Hex;
  blockHashesBefore: Hex;
  blockHashesAfter: Hex;
  blocksOutput: Hex;
  pubdataHash: Hex;
  priorityOperationsHash: Hex;
  l2ToL1LogsHash: Hex;
  upgradeTransactionHash: Hex;
}

export interface BatchPublicInput {
  publicInput: Hex;
  stateBefore: Hex;
  stateAfter: Hex;
  batchOutput: Hex;
  pubdataHash: Hex;
  daCommitment: Hex;
  /** L1→L2 and upgrade transactions executed. */
  l1Transactions: number;
  priorityOperationsHash: Hex;
  /** Root of the tree of the block's own logs. */
  l2LogsLocalRoot: Hex;
  /** The same with the (empty) aggregated root. */
  l2LogsRoot: Hex;
  upgradeTransactionHash: Hex;
}

/** A block that was run: what the commitments are about. */
export interface RunBlock {
  context: BlockContext;
  /** Encoded transactions, in the order of `result.transactions`. */
  transactions: readonly Uint8Array[];
  before: StateCommitment;
  after: StateCommitment;
  result: BlockResult;
}

/** A forward result together with the states around it. */
export function runBlock(
  block: { context: BlockContext; transactions: readonly Uint8Array[]; state: State },
  result: BlockResult,
): RunBlock {
  const { context, transactions, state } = block;
  const after = commitmentOf(state.after(result).tree);
  return { context, transactions, before: commitmentOf(state.tree), after, result };
}

export function blocksPublicInput(run: RunBlock): BlocksPublicInput {
  const { context, result, before, after } = run;
  const l1 = l1Transactions(run);
  const blockHashesBefore = blake2s(concat(...context.blockHashes.map((hash) => fromHex(hash))));
  // [0] is the most recent, yet it is the one dropped, and the new hash goes to the end: as in the original.
  const hashesAfter = [...context.blockHashes.slice(1), result.blockHash].map((hash) => fromHex(hash));
  const blockHashesAfter = blake2s(concat(...hashesAfter));
  const chainStateBefore = chainState(before, context.blockNumber - 1n, blockHashesBefore);
  const chainStateAfter = chainState(after, context.blockNumber, blockHashesAfter);
  const pubdataHash = blake2s(result.pubdata);
  const priorityOperationsHash = blake2s(concat(...l1.priority));
  const l2ToL1LogsHash = blake2s(concat(...logs(result).map((log) => keccak256(encodeL2ToL1Log(log)))));
  const blocksOutput = blake2s(
    concat(
      uintToBytes(context.chainId, 32),
      uintToBytes(context.timestamp, 8), // of the first block
      uintToBytes(context.timestamp, 8), // of the last block
      pubdataHash,
      priorityOperationsHash,
      l2ToL1LogsHash,
      l1.upgrade,
    ),
  );
  return {
    publicInput: toHex(blake2s(concat(chainStateBefore, chainStateAfter, blocksOutput))),
    chainStateBefore: toHex(chainStateBefore),
    chainStateAfter: toHex(chainStateAfter),
    blockHashesBefore: toHex(blockHashesBefore),
    blockHashesAfter: toHex(blockHashesAfter),
    blocksOutput: toHex(blocksOutput),
    pubdataHash: toHex(pubdataHash),
    priorityOperationsHash: toHex(priorityOperationsHash),
    l2ToL1LogsHash: toHex(l2ToL1LogsHash),
    upgradeTransactionHash: toHex(l1.upgrade),
  };
}

export function batchPublicInput(run: RunBlock): BatchPublicInput {
  const { context, result, before, after } = run;
  const l1 = l1Transactions(run);
  const stateBefore = blake2s(commitmentBytes(before));
  const stateAfter = blake2s(commitmentBytes(after));
  const pubdataHash = keccak256(result.pubdata);
  // Zero hash of state diffs, the pubdata, one blob whose hash is zero (calldata).
  const daCommitment = keccak256(concat(ZERO, pubdataHash, Uint8Array.of(1), ZERO));
  const priorityOperationsHash = l1.all.reduce((hash, tx) => keccak256(concat(hash, tx)), keccak256(new Uint8Array()));
  const localRoot = logsTreeRoot(logs(result));
  const l2LogsRoot = keccak256(concat(localRoot, ZERO));
  const batchOutput = keccak256(
    concat(
      uintToBytes(context.chainId, 32),
      uintToBytes(context.timestamp, 8),
      uintToBytes(context.timestamp, 8),
      new Uint8Array(20), // DA validator's address
      daCommitment,
      uintToBytes(BigInt(l1.all.length), 32),
      priorityOperationsHash,
      l2LogsRoot,
      l1.upgrade,
    ),
  );
  return {
    publicInput: toHex(keccak256(concat(stateBefore, stateAfter, batchOutput))),
    stateBefore: toHex(stateBefore),
    stateAfter: toHex(stateAfter),
    batchOutput: toHex(batchOutput),
    pubdataHash: toHex(pubdataHash),
    daCommitment: toHex(daCommitment),
    l1Transactions: l1.all.length,
    priorityOperationsHash: toHex(priorityOperationsHash),
    l2LogsLocalRoot: toHex(localRoot),
    l2LogsRoot: toHex(l2LogsRoot),
    upgradeTransactionHash: toHex(l1.upgrade),
  };
}

/** The public input as it stands in registers x10…x17: 8 little-endian words, in order. */
export function publicInputOfRegisters(registers: Uint32Array): Hex {
  const bytes = new Uint8Array(32);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < 8; i++) view.setUint32(4 * i, registers[10 + i], true);
  return toHex(bytes);
}

/** The packed encoding that is hashed, published, and opened on the settlement layer. */
export function encodeL2ToL1Log(log: L2ToL1Log): Uint8Array {
  return concat(
    Uint8Array.of(log.shardId, log.isService ? 1 : 0),
    uintToBytes(BigInt(log.transactionNumber), 2),
    fromHex(log.sender),
    fromHex(log.key),
    fromHex(log.value),
  );
}

function commitmentBytes({ root, nextFreeSlot }: StateCommitment): Uint8Array {
  return concat(fromHex(root), uintToBytes(nextFreeSlot, 8));
}

/** The timestamp in it is 0, as in the original. */
function chainState(state: StateCommitment, blockNumber: bigint, blockHashes: Uint8Array): Uint8Array {
  return blake2s(concat(commitmentBytes(state), uintToBytes(blockNumber, 8), blockHashes, uintToBytes(0n, 8)));
}

function logs(result: BlockResult): L2ToL1Log[] {
  return result.transactions.flatMap((tx) => tx.l2ToL1Logs ?? []);
}

/** Hashes of the executed L1→L2 and upgrade transactions, which are the keys of the logs that report them. */
function l1Transactions({ transactions, result }: RunBlock) {
  const all: Uint8Array[] = [];
  const priority: Uint8Array[] = [];
  let upgrade: Uint8Array = ZERO;
  for (const log of logs(result)) {
    if (log.sender !== BOOTLOADER_ADDRESS) continue;
    const hash = fromHex(log.key);
    all.push(hash);
    if (transactions[log.transactionNumber][31] === UPGRADE_TYPE) upgrade = hash;
    else priority.push(hash);
  }
  return { all, priority, upgrade };
}

/** Root of the Keccak tree over the logs' hashes, filled up with hashes of empty logs. */
function logsTreeRoot(list: readonly L2ToL1Log[]): Uint8Array {
  let level: Uint8Array[] = list.map((log) => keccak256(encodeL2ToL1Log(log)));
  let empty: Uint8Array = keccak256(new Uint8Array(LOG_LENGTH));
  for (let height = 0; height < LOGS_TREE_HEIGHT; height++) {
    const parents: Uint8Array[] = [];
    for (let i = 0; i < level.length; i += 2) parents.push(keccak256(concat(level[i], level[i + 1] ?? empty)));
    level = parents;
    empty = keccak256(concat(empty, empty));
  }
  return level[0] ?? empty;
}
