/** Puts the items that the guest reports in forward mode together into a block result. The items' layouts are in `guest/stf/system/results.ts`. */
import { type Hex, toHex } from "../bytes.ts";
import type { BlockResult, L2ToL1Log, TransactionResult } from "../state/result.ts";
import { decodeHeader } from "./header.ts";
import { invalidReason } from "./reasons.ts";

/** What the result has beside `BlockResult`: hashes of the executed transactions, by position (undefined for one that is not valid). */
export interface ForwardResult extends BlockResult {
  transactionHashes: (Hex | undefined)[];
}

const KINDS: Readonly<Record<number, keyof ResultCollector & `on${string}`>> = {
  1: "onTransaction",
  2: "onReturnData",
  3: "onInvalidTransaction",
  4: "onEvent",
  5: "onEventData",
  6: "onL2ToL1Log",
  7: "onMessage",
  8: "onStorageWrite",
  9: "onPreimage",
  10: "onPreimageBytes",
  11: "onPubdata",
  12: "onHeader",
  13: "onBlockHash",
};

/** The 32 bytes of a little-endian number in their printed order. */
function u256(item: DataView, at: number): Hex {
  return toHex(new Uint8Array(item.buffer, item.byteOffset + at, 32).slice().reverse());
}

function bytes32(item: DataView, at: number): Hex {
  return toHex(new Uint8Array(item.buffer, item.byteOffset + at, 32));
}

function address(item: DataView, at: number): Hex {
  return toHex(new Uint8Array(item.buffer, item.byteOffset + at, 20).slice().reverse());
}

function bytes(item: DataView): Uint8Array {
  return new Uint8Array(item.buffer, item.byteOffset, item.byteLength);
}

export class ResultCollector {
  readonly #transactions: TransactionResult[] = [];
  readonly #hashes: (Hex | undefined)[] = [];
  readonly #pubdata: Uint8Array[] = [];
  readonly #result: Pick<BlockResult, "storageWrites" | "publishedPreimages"> = {
    storageWrites: [],
    publishedPreimages: [],
  };
  #header: Uint8Array | undefined;
  #blockHash: Hex | undefined;
  #log: { data: Hex } | undefined;
  #l2ToL1Log: L2ToL1Log | undefined;

  /** Takes one item; `item` is a copy that belongs to the collector. */
  add(kind: number, item: Uint8Array): void {
    const method = KINDS[kind];
    if (method === undefined) throw new Error(`the guest reports an item of unknown kind ${kind}`);
    this[method](new DataView(item.buffer, item.byteOffset, item.byteLength));
  }

  /** The whole, once the guest has finished. */
  finish(): ForwardResult {
    if (!this.#header || !this.#blockHash) throw new Error("the guest ended without a block header");
    const pubdata = new Uint8Array(this.#pubdata.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of this.#pubdata) {
      pubdata.set(part, at);
      at += part.length;
    }
    return {
      header: decodeHeader(this.#header),
      blockHash: this.#blockHash,
      transactions: this.#transactions,
      transactionHashes: this.#hashes,
      ...this.#result,
      pubdata,
    };
  }

  onTransaction(item: DataView): void {
    this.#hashes.push(bytes32(item, 16));
    this.#transactions.push({
      status: item.getUint32(48, true) ? "success" : "revert",
      returnData: "0x",
      gasUsed: item.getBigUint64(0, true),
      gasRefunded: 0n,
      nativeUsed: item.getBigUint64(8, true),
      ...(item.getUint32(52, true) ? { contractAddress: address(item, 56) } : {}),
      logs: [],
      l2ToL1Logs: [],
    });
  }

  onReturnData(item: DataView): void {
    const transaction = this.#transaction(this.#transactions.length - 1);
    if (transaction.status === "invalid")
      throw new Error("the guest reports return data of a transaction that is not valid");
    transaction.returnData = toHex(bytes(item));
  }

  onInvalidTransaction(item: DataView): void {
    this.#hashes.push(undefined);
    this.#transactions.push({
      status: "invalid",
      validationError: invalidReason(
        item.getUint32(0, true),
        [8, 40].map((at) => BigInt(u256(item, at))),
      ),
    });
  }

  onEvent(item: DataView): void {
    const topics: Hex[] = [];
    for (let i = 0; i < item.getUint32(4, true); i++) topics.push(u256(item, 40 + 32 * i));
    const log = { address: address(item, 8), topics, data: "0x" as Hex };
    (this.#transaction(item.getUint32(0, true)).logs ??= []).push(log);
    this.#log = log;
  }

  onEventData(item: DataView): void {
    this.#log!.data = toHex(bytes(item));
  }

  /** 88 bytes: shard, service flag, transaction number (2, big-endian), sender (20), key (32), value (32). */
  onL2ToL1Log(item: DataView): void {
    const log: L2ToL1Log = {
      shardId: item.getUint8(0),
      isService: item.getUint8(1) !== 0,
      transactionNumber: item.getUint16(2),
      sender: toHex(bytes(item).subarray(4, 24)),
      key: bytes32(item, 24),
      value: bytes32(item, 56),
    };
    (this.#transaction(log.transactionNumber).l2ToL1Logs ??= []).push(log);
    this.#l2ToL1Log = log;
  }

  onMessage(item: DataView): void {
    this.#l2ToL1Log!.message = toHex(bytes(item));
  }

  onStorageWrite(item: DataView): void {
    this.#result.storageWrites.push({
      account: address(item, 0),
      accountKey: u256(item, 32),
      flatKey: bytes32(item, 64),
      value: u256(item, 96),
    });
  }

  onPreimage(item: DataView): void {
    this.#result.publishedPreimages.push({
      hash: bytes32(item, 0),
      kind: item.getUint32(32, true) ? "account" : "bytecode",
      bytes: new Uint8Array(),
    });
  }

  onPreimageBytes(item: DataView): void {
    this.#result.publishedPreimages.at(-1)!.bytes = bytes(item);
  }

  onPubdata(item: DataView): void {
    this.#pubdata.push(bytes(item));
  }

  onHeader(item: DataView): void {
    this.#header = bytes(item);
  }

  onBlockHash(item: DataView): void {
    this.#blockHash = bytes32(item, 0);
  }

  #transaction(index: number): TransactionResult {
    const transaction = this.#transactions[index];
    if (!transaction) throw new Error(`the guest reports an event of transaction ${index}, which it did not report`);
    return transaction;
  }
}
