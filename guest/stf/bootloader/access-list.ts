/**
 * The access list in the transaction's reserved dynamic part: the ABI encoding of `tuple(address, bytes32[])[][]` with one outer element
 * (`basic_bootloader/src/bootloader/transaction/access_list_parser.rs`). Offsets are read as the 32-bit machine reads them (the low word), and every read is checked
 * against the transaction's end, as the original's slices are.
 */
import { bigEndian32 } from "../system/bytes";
import { Transaction } from "./transaction";

@unmanaged
export abstract class AccessList {
  /** items in all */
  static count: u32 = 0;
  /** offset of the items' heads */
  static heads: u32 = 0;
  /** of the current item: the 32-byte word that ends with its address, its keys and their number */
  static address: usize = 0;
  static keys: u32 = 0;
  static keyCount: u32 = 0;
}

/** A word that could not be read sets this: the list is malformed. */
let malformed: bool = false;

/** The low 32 bits of the word at an offset from the transaction's start. */
function word(offset: u32): u32 {
  if (offset > Transaction.length - 32) {
    malformed = true;
    return 0;
  }
  return bigEndian32(Transaction.base + offset + 28);
}

/** Finds the list. @returns false where its structure is invalid */
export function openAccessList(): bool {
  malformed = false;
  AccessList.count = 0;
  let offset = Transaction.reservedDynamic;
  if (word(offset) == 0) return !malformed;
  offset += 32;
  const outer = offset + word(offset);
  if (word(outer) != 1 || malformed) return false;
  const list = outer + 32 + word(outer + 32);
  AccessList.count = word(list);
  AccessList.heads = list + 32;
  return !malformed;
}

/** Makes item `index` current. @returns false where it is malformed */
export function openAccessListItem(index: u32): bool {
  const item = AccessList.heads + word(AccessList.heads + index * 32);
  word(item);
  if (malformed) return false;
  AccessList.address = Transaction.base + item;
  const keys = item + word(item + 32);
  AccessList.keyCount = word(keys);
  AccessList.keys = keys + 32;
  return !malformed && AccessList.keys <= Transaction.length;
}

/** Pointer to key `index` of the current item, 0 where it is beyond the transaction. */
export function accessListKey(index: u32): usize {
  const offset = <u64>AccessList.keys + <u64>index * 32;
  return offset + 32 > <u64>Transaction.length ? 0 : Transaction.base + <usize>offset;
}
