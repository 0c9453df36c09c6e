/**
 * What forward mode hands to the host, item by item, as it becomes final. Compiled out of proving images: their only output is the public input.
 * An image built with REPORT = 1 hands them over all the same, as a query that has no answer, so that `verify-determinism` can compare the modes item by item.
 *
 * One host call an item: `result(kind, pointer, length)`. Numbers are little-endian, U256 are 32 bytes little-endian, Bytes32 are in their printed order.
 *
 * | kind | item | bytes |
 * |---|---|---|
 * | 1 | transaction | u64 gas used, u64 native used, Bytes32 hash, u32 status (1 success), u32 deployed, U256 deployed address |
 * | 2 | its return data | as they are; follows a transaction where there is any |
 * | 3 | transaction that is not valid | u32 reason (`bootloader/invalid.ts`), u32 0, U256 and U256: the values that the reason has, if any |
 * | 4 | event | u32 transaction number, u32 topics, U256 address, U256 a topic |
 * | 5 | data of the last event | as they are |
 * | 6 | L2→L1 log | the 88 bytes of its encoding |
 * | 7 | message of the last log | as they are |
 * | 8 | storage write, net, in the order in which the tree takes them | U256 address, U256 key, Bytes32 flat key, U256 value |
 * | 9 | published preimage | Bytes32 hash, u32 kind (0 bytecode, 1 account) |
 * | 10 | its bytes | as they are |
 * | 11 | pubdata | the next bytes of it |
 * | 12 | block header | RLP |
 * | 13 | block hash | Bytes32 |
 */
import { tapeWrite } from "../../sdk/machine";
import { REPORTS } from "../flavour";
import { copyU256 } from "./bytes";
import { RESULT_SLOTS } from "./layout";

@external("windproof", "result")
declare function resultToHost(kind: u32, pointer: usize, length: u32): void;

/** Id of the query that carries an item out of a proving run: kind, length, then the bytes in whole words. */
const RESULT_QUERY: u32 = 0x57500200;

function result(kind: u32, pointer: usize, length: u32): void {
  if (!PROVING) {
    resultToHost(kind, pointer, length);
    return;
  }
  tapeWrite(RESULT_QUERY);
  tapeWrite(2 + ((length + 3) >> 2));
  tapeWrite(kind);
  tapeWrite(length);
  for (let i: u32 = 0; i < length; i += 4) {
    let word: u32 = 0;
    for (let k: u32 = 0; k < 4 && i + k < length; k++) word |= <u32>load<u8>(pointer + i + k) << (k << 3);
    tapeWrite(word);
  }
}

const TRANSACTION: u32 = 1;
const RETURN_DATA: u32 = 2;
const INVALID: u32 = 3;
const EVENT: u32 = 4;
const EVENT_DATA: u32 = 5;
const L2_TO_L1_LOG: u32 = 6;
const MESSAGE: u32 = 7;
const STORAGE_WRITE: u32 = 8;
const PREIMAGE: u32 = 9;
const PREIMAGE_BYTES: u32 = 10;
const PUBDATA: u32 = 11;
const HEADER: u32 = 12;
const BLOCK_HASH: u32 = 13;

/** @param deployed U256 pointer, 0 for none */
export function reportTransaction(success: bool, gasUsed: u64, nativeUsed: u64, hash: usize, output: usize, outputLength: u32, deployed: usize): void {
  if (!REPORTS) return;
  store<u64>(RESULT_SLOTS, gasUsed);
  store<u64>(RESULT_SLOTS, nativeUsed, 8);
  copyU256(hash, RESULT_SLOTS + 16);
  store<u32>(RESULT_SLOTS, u32(success), 48);
  store<u32>(RESULT_SLOTS, u32(deployed != 0), 52);
  if (deployed) copyU256(deployed, RESULT_SLOTS + 56);
  result(TRANSACTION, RESULT_SLOTS, 88);
  if (outputLength) result(RETURN_DATA, output, outputLength);
}

export function reportInvalidTransaction(reason: u32, first: usize, second: usize): void {
  if (!REPORTS) return;
  store<u32>(RESULT_SLOTS, reason);
  store<u32>(RESULT_SLOTS, 0, 4);
  copyU256(first, RESULT_SLOTS + 8);
  copyU256(second, RESULT_SLOTS + 40);
  result(INVALID, RESULT_SLOTS, 72);
}

/** @param topics `count` U256, one after the other */
export function reportEvent(transaction: u32, address: usize, topics: usize, count: u32, data: usize, length: u32): void {
  if (!REPORTS) return;
  store<u32>(RESULT_SLOTS, transaction);
  store<u32>(RESULT_SLOTS, count, 4);
  copyU256(address, RESULT_SLOTS + 8);
  for (let i: u32 = 0; i < count; i++) copyU256(topics + (i << 5), RESULT_SLOTS + 40 + (i << 5));
  result(EVENT, RESULT_SLOTS, 40 + (count << 5));
  if (length) result(EVENT_DATA, data, length);
}

/** @param encoding 88 bytes. @param message 0 where the log has none */
export function reportL2ToL1Log(encoding: usize, message: usize, length: u32): void {
  if (!REPORTS) return;
  result(L2_TO_L1_LOG, encoding, 88);
  if (message) result(MESSAGE, message, length);
}

export function reportStorageWrite(address: usize, key: usize, flatKey: usize, value: usize): void {
  if (!REPORTS) return;
  copyU256(address, RESULT_SLOTS);
  copyU256(key, RESULT_SLOTS + 32);
  copyU256(flatKey, RESULT_SLOTS + 64);
  copyU256(value, RESULT_SLOTS + 96);
  result(STORAGE_WRITE, RESULT_SLOTS, 128);
}

/** @param isAccount an account's properties, not a bytecode */
export function reportPreimage(hash: usize, isAccount: bool, bytes: usize, length: u32): void {
  if (!REPORTS) return;
  copyU256(hash, RESULT_SLOTS);
  store<u32>(RESULT_SLOTS, u32(isAccount), 32);
  result(PREIMAGE, RESULT_SLOTS, 36);
  result(PREIMAGE_BYTES, bytes, length);
}

export function reportPubdata(bytes: usize, length: u32): void {
  if (!REPORTS) return;
  result(PUBDATA, bytes, length);
}

export function reportHeader(rlp: usize, length: u32, hash: usize): void {
  if (!REPORTS) return;
  result(HEADER, rlp, length);
  result(BLOCK_HASH, hash, 32);
}
