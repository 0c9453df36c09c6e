/** Opcodes that push something of the block, the transaction or the frame, and BLOCKHASH. Pushes write at `sp`, the first free word. */
import { u256CopyWords, u256SetWord, u256Zero } from "../../sdk/u256";
import { blockHash, Metadata } from "../system/metadata";
import { Frame } from "./frame";
import {
  BASEFEE,
  CHAINID,
  COINBASE,
  GASLIMIT,
  GASPRICE,
  NUMBER,
  ORIGIN,
  PREVRANDAO,
  TIMESTAMP,
} from "./opcodes";
import { above32, loadWord, saturated64, set64 } from "./words";

/** A word of the block or the transaction, all 2 gas and 60 native (PREVRANDAO 40: see the caller). */
export function pushContext(opcode: i32, sp: usize): void {
  switch (opcode) {
    case ORIGIN:
      return u256CopyWords(sp, Metadata.origin);
    case GASPRICE:
      return u256CopyWords(sp, Metadata.gasPrice);
    case COINBASE:
      return u256CopyWords(sp, Metadata.coinbase);
    case TIMESTAMP:
      return set64(sp, Metadata.timestamp);
    case NUMBER:
      return set64(sp, Metadata.number);
    case PREVRANDAO:
      return u256CopyWords(sp, Metadata.mixHash);
    case GASLIMIT:
      return set64(sp, Metadata.gasLimit);
    case CHAINID:
      return set64(sp, Metadata.chainId);
    case BASEFEE:
      return u256CopyWords(sp, Metadata.baseFee);
    default:
      return u256SetWord(sp, 1); // BLOBBASEFEE
  }
}

/** a = hash of block a, 0 if it is not one of the last 256 */
export function blockhash(a: usize): void {
  blockHash(saturated64(a), a);
}

/** a = the 32 bytes of calldata from a on, zeroes past the end */
export function calldataload(frame: Frame, a: usize): void {
  const offset = load<u32>(a);
  const length = frame.calldataLength;
  if (offset >= length || above32(a)) {
    u256Zero(a);
    return;
  }
  const from = frame.calldata + offset;
  const have = length - offset;
  if (have >= 32) {
    loadWord(from, a);
    return;
  }
  u256Zero(a);
  for (let i: u32 = 0; i < have; i++) store<u8>(a + 31 - i, load<u8>(from + i));
}
