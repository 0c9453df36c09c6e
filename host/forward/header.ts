/** Decodes the block header that the guest seals: RLP of fifteen byte strings and numbers, as Ethereum had it with London. */
import { type Hex, toHex } from "../bytes.ts";
import type { BlockHeader } from "../state/result.ts";

/** The strings of one RLP list of strings. Throws where it is not one: the guest's header is well formed or it is a bug. */
function decodeList(rlp: Uint8Array): Uint8Array[] {
  const [start, length] = prefix(rlp, 0, 0xc0);
  if (start + length !== rlp.length) throw new Error("a block header with bytes after its end");
  const items: Uint8Array[] = [];
  let at = start;
  while (at < rlp.length) {
    if (rlp[at] < 0x80) {
      items.push(rlp.subarray(at, at + 1));
      at++;
    } else {
      const [from, size] = prefix(rlp, at, 0x80);
      items.push(rlp.subarray(from, from + size));
      at = from + size;
    }
  }
  return items;
}

/** Where the content of the item at `at` starts, and its length. */
function prefix(rlp: Uint8Array, at: number, base: number): [number, number] {
  const tag = rlp[at] - base;
  if (tag < 0 || tag > 63) throw new Error("a block header that is not a list of strings");
  if (tag < 56) return [at + 1, tag];
  let length = 0;
  for (let i = 0; i < tag - 55; i++) length = length * 256 + rlp[at + 1 + i];
  return [at + 1 + tag - 55, length];
}

export function decodeHeader(rlp: Uint8Array): BlockHeader {
  const items = decodeList(rlp);
  if (items.length !== 16) throw new Error(`a block header of ${items.length} fields`);
  const hex = (index: number): Hex => toHex(items[index]);
  const number = (index: number): bigint => BigInt(items[index].length ? toHex(items[index]) : 0);
  return {
    parentHash: hex(0),
    ommersHash: hex(1),
    beneficiary: hex(2),
    stateRoot: hex(3),
    transactionsRoot: hex(4),
    receiptsRoot: hex(5),
    logsBloom: hex(6),
    difficulty: `0x${number(7).toString(16).padStart(64, "0")}`,
    number: number(8),
    gasLimit: number(9),
    gasUsed: number(10),
    timestamp: number(11),
    extraData: hex(12),
    mixHash: hex(13),
    nonce: hex(14),
    baseFeePerGas: number(15),
  };
}
