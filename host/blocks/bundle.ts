/**
 * A block bundle: everything that running one block needs, and, where known, what must come out.
 *
 * `readBundle` tells the two forms apart by their files:
 * - explicit (`context.json` …): state, transactions and context given byte by byte, as the reference vectors are;
 * - JSON-RPC (`block.json`, `prestatetrace.json` …): answers of an Ethereum node, turned into ZKsync OS's input.
 */
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../../errors.ts";
import type { Hex } from "../bytes.ts";
import type { BlockResult } from "../state/result.ts";
import type { State } from "../state/state.ts";
import type { StateCommitment } from "../state/tree.ts";
import { readExplicitBundle } from "./explicit.ts";
import { type EthereumBlock, type RpcOptions, readRpcBundle } from "./rpc.ts";

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

export type Flavour = "app" | "evm-replay" | "server";

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

const NEXT = "give the folder of a block bundle; its two forms are described in host/blocks/README.md";

/**
 * Reads the bundle in `folder`.
 * @throws InputError for anything malformed or missing
 */
export function readBundle(folder: string, options: RpcOptions = {}): BlockBundle {
  if (!existsSync(folder)) throw new InputError("there is no such folder", folder, NEXT);
  if (!statSync(folder).isDirectory()) throw new InputError("this is a file, not a folder", folder, NEXT);
  if (existsSync(join(folder, "block.json"))) return readRpcBundle(folder, options);
  if (existsSync(join(folder, "context.json"))) return readExplicitBundle(folder);
  throw new InputError("neither block.json (JSON-RPC form) nor context.json (explicit form) is there", folder, NEXT);
}
