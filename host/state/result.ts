/** What running a block gives: the types that forward mode, receipts, pubdata and the public input share. */
import type { Hex } from "../bytes.ts";

export interface BlockHeader {
  parentHash: Hex;
  ommersHash: Hex;
  beneficiary: Hex;
  stateRoot: Hex;
  /** Here the rolling Keccak hash of the transactions' hashes. */
  transactionsRoot: Hex;
  receiptsRoot: Hex;
  logsBloom: Hex;
  difficulty: Hex;
  number: bigint;
  gasLimit: bigint;
  gasUsed: bigint;
  timestamp: bigint;
  extraData: Hex;
  mixHash: Hex;
  nonce: Hex;
  baseFeePerGas: bigint;
}

/** An event (EVM log). */
export interface Log {
  address: Hex;
  topics: Hex[];
  data: Hex;
}

export interface L2ToL1Log {
  shardId: number;
  isService: boolean;
  transactionNumber: number;
  /** 0x8008 (L1 messenger) for a user's message, 0x8001 (bootloader) for the outcome of an L1→L2 transaction. */
  sender: Hex;
  /** The message's sender, left-padded, or the transaction's hash. */
  key: Hex;
  /** Keccak hash of the message, or 1 for success. */
  value: Hex;
  /** The message itself. */
  message?: Hex;
}

/** An executed transaction: the content of its receipt. */
export interface ExecutedTransaction {
  status: "success" | "revert";
  returnData: Hex;
  /** EVM gas. */
  gasUsed: bigint;
  gasRefunded: bigint;
  /** Native resource. */
  nativeUsed: bigint;
  contractAddress?: Hex;
  logs: Log[];
  l2ToL1Logs: L2ToL1Log[];
}

/** A transaction that validation refused. What a contract account did in its validation before that stays: the original does not roll it back. */
export interface InvalidTransaction {
  status: "invalid";
  /** Name of the reason, as in the original's `InvalidTransaction`. */
  validationError: string;
  /** Only where there are any. */
  logs?: Log[];
  l2ToL1Logs?: L2ToL1Log[];
}

export type TransactionResult = ExecutedTransaction | InvalidTransaction;

export interface StorageWrite {
  account: Hex;
  accountKey: Hex;
  /** Key in the state tree. */
  flatKey: Hex;
  value: Hex;
}

export interface PublishedPreimage {
  hash: Hex;
  kind: "account" | "bytecode";
  bytes: Uint8Array;
}

export interface BlockResult {
  header: BlockHeader;
  blockHash: Hex;
  transactions: TransactionResult[];
  /** Net changes of the block, in the order in which they are applied to the tree. */
  storageWrites: StorageWrite[];
  publishedPreimages: PublishedPreimage[];
  pubdata: Uint8Array;
}
