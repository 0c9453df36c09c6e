/** Transient storage (EIP-1153): slots that are zero again in each transaction, rolled back with frames (`storage_models/…/generic_transient_storage.rs`). */
import { u256Copy, u256Equal, u256Zero } from "../../sdk/u256";
import { accountOf } from "./account";
import { keep } from "./arena";
import { TRANSIENT_ERGS, TRANSIENT_NATIVE } from "./costs";
import { EVM_EE } from "./ee";
import { hashSeed } from "./hash";
import { UNSUPPORTED_EE, internal } from "./internal";
import { logTransient, TRANSIENT_SNAPSHOT } from "./journal";
import { charge } from "./resources";
import { OK } from "./status";
import { Tx } from "./tx";

// Offsets of a record (96 bytes, 32-byte aligned): value, key, TRANSIENT_SNAPSHOT at 64.
const KEY: usize = 32;
/** Transaction whose value it is. */
const TX: usize = 68;
const ACCOUNT: usize = 72;
const CHAIN: usize = 76;
const HASH: usize = 80;
const RECORD: usize = 96;

/** The table is twice as large each time it is full, as a transaction can make a million slots at 100 gas each. */
let bucketBits: u32 = 10;
let table: usize = 0;
let recordCount: u32 = 0;

// @ts-ignore: decorator
@inline
function bucketOf(hash: u32): usize {
  return table + (<usize>(hash >> (32 - bucketBits)) << 2);
}

function grow(): void {
  const old = table;
  const end = table + (<usize>4 << bucketBits);
  bucketBits++;
  table = keep(<usize>4 << bucketBits, 4);
  for (let at = old; at < end; at += 4) {
    for (let slot = <usize>load<u32>(at); slot; ) {
      const next = <usize>load<u32>(slot, CHAIN);
      const bucket = bucketOf(load<u32>(slot, HASH));
      store<u32>(slot, load<u32>(bucket), CHAIN);
      store<u32>(bucket, <u32>slot);
      slot = next;
    }
  }
}

function slotOf(account: usize, key: usize): usize {
  if (!table) table = keep(<usize>4 << bucketBits, 4);
  const seed = hashSeed;
  let hash = <u32>account * seed + load<u32>(key, 0);
  hash = hash * seed + load<u32>(key, 4);
  hash = hash * seed + load<u32>(key, 8);
  hash = hash * seed + load<u32>(key, 12);
  hash = hash * seed + load<u32>(key, 16);
  hash = hash * seed + load<u32>(key, 20);
  hash = hash * seed + load<u32>(key, 24);
  hash = hash * seed + load<u32>(key, 28);
  hash *= seed;
  let slot = <usize>load<u32>(bucketOf(hash));
  while (slot) {
    if (u256Equal(slot + KEY, key) && <usize>load<u32>(slot, ACCOUNT) == account) {
      if (load<u32>(slot, TX) != Tx.number) {
        u256Zero(slot);
        store<u32>(slot, 0, TRANSIENT_SNAPSHOT);
        store<u32>(slot, Tx.number, TX);
      }
      return slot;
    }
    slot = <usize>load<u32>(slot, CHAIN);
  }
  if (recordCount >> bucketBits) grow();
  recordCount++;
  slot = keep(RECORD, 32);
  const bucket = bucketOf(hash);
  store<u32>(slot, hash, HASH);
  u256Copy(slot + KEY, key);
  store<u32>(slot, <u32>account, ACCOUNT);
  store<u32>(slot, Tx.number, TX);
  store<u32>(slot, load<u32>(bucket), CHAIN);
  store<u32>(bucket, <u32>slot);
  return slot;
}

export function transientRead(ee: u32, address: usize, key: usize, out: usize): i32 {
  if (ee != EVM_EE) internal(UNSUPPORTED_EE);
  const status = charge(TRANSIENT_ERGS, TRANSIENT_NATIVE);
  if (status) return status;
  u256Copy(out, slotOf(accountOf(address), key));
  return OK;
}

export function transientWrite(ee: u32, address: usize, key: usize, value: usize): i32 {
  if (ee != EVM_EE) internal(UNSUPPORTED_EE);
  const status = charge(TRANSIENT_ERGS, TRANSIENT_NATIVE);
  if (status) return status;
  const slot = slotOf(accountOf(address), key);
  logTransient(slot);
  u256Copy(slot, value);
  return OK;
}
