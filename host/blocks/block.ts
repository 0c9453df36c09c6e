/** A block as the host knows it, whichever form it was read from: what running it needs and, where known, what must come out. */
import type { Hex } from "../bytes.ts";
import type { Flavour } from "../flavour.ts";
import type { BlockResult } from "../state/result.ts";
import type { State } from "../state/state.ts";
import type { StateCommitment } from "../state/tree.ts";
import type { TracedState } from "./prestate.ts";

/** Block metadata, as the guest asks for it (query 3). */
export interface BlockContext {
  chainId: bigint;
  blockNumber: bigint;
  timestamp: bigint;
  /** Wei per EVM gas. */
  baseFee: bigint;
  /** EVM gas per byte of pubdata. */
  gasPerPubdata: bigint;
  /** Wei per unit of native resource. */
  nativePrice: bigint;
  coinbase: Hex;
  gasLimit: bigint;
  mixHash: Hex;
  /** 256 hashes: [0] is the block before this one. 0 where not known. */
  blockHashes: Hex[];
}

/** A run of one of the original's binaries. */
export interface OriginalRun {
  flavour: Flavour;
  publicInput: Hex;
  /** Up to the final jump to itself, not counting it. */
  cycles: number;
  blake2s: number;
  u256: number;
}

/** What the original computed for the block, as far as the bundle says it. */
export interface Expected {
  runs: OriginalRun[];
  result?: BlockResult;
  stateBefore?: StateCommitment;
  stateAfter?: StateCommitment;
  publicInput?: { blocks: Hex; batch: Hex };
}

export interface EthereumReceipt {
  transactionHash: Hex;
  from: Hex;
  /** Wei per gas; 0 when the node does not say. */
  effectiveGasPrice: bigint;
  success: boolean;
  gasUsed: bigint;
  logs: { address: Hex; topics: Hex[]; data: Hex }[];
}

/** The block as its own chain knows it. All lists hold only the transactions that were taken over. */
export interface EthereumBlock {
  miner: Hex;
  /** Position in the Ethereum block of each transaction of the bundle. */
  positions: number[];
  /** Transactions left out, and why. */
  skipped: { position: number; reason: string }[];
  /** What the traces say of the state before the block. */
  prestate: TracedState;
  receipts?: EthereumReceipt[];
  diffs?: { pre: TracedState; post: TracedState }[];
}

export interface BlockBundle {
  /** Name for people: the folder's. */
  name: string;
  context: BlockContext;
  /** Each transaction as the bootloader gets it: ABI encoding. */
  transactions: Uint8Array[];
  /** State before the block. Running a block never changes it: results are applied to a clone. */
  state: State;
  expected: Expected;
  /** The block on its chain, for the post-check (JSON-RPC form only). */
  ethereum?: EthereumBlock;
}
