/**
 * Storage slots as the EVM sees them: warm and cold by transaction, costs of reads and writes (`flat_storage_model/storage_cache.rs`, the access policy in
 * `basic_system/src/system_implementation/system/mod.rs`). SSTORE has no refunds.
 */
import { u256Copy, u256Equal, u256IsZero } from "../../sdk/u256";
import { accountOf } from "./account";
import {
  ACCESS_LIST_SLOT_ERGS,
  COLD_EXISTING_READ_NATIVE,
  COLD_NEW_READ_NATIVE,
  COLD_STORAGE_READ_EXTRA_ERGS,
  COLD_WRITE_EXTRA_ERGS,
  EXISTING_WRITE_EXTRA_NATIVE,
  NEW_WRITE_EXTRA_NATIVE,
  SSTORE_RESET_EXTRA_ERGS,
  SSTORE_SET_EXTRA_ERGS,
  WARM_STORAGE_READ_ERGS,
  WARM_STORAGE_READ_NATIVE,
} from "./costs";
import { EVM_EE } from "./ee";
import { logSlot } from "./journal";
import { charge } from "./resources";
import {
  SLOT_FLAGS,
  SLOT_IS_NEW,
  SLOT_MATERIALIZED,
  SLOT_TOUCHED,
  SLOT_TX_START,
  SLOT_TX_START_IN,
  SLOT_UNSET,
  SLOT_UPDATED,
  slotOf,
} from "./slot";
import { OK } from "./status";
import { Tx } from "./tx";

/** What `access` found, and whether it was warm before. */
export let found: usize = 0;
let wasWarm: bool = false;

/** Finds a slot under an address record, charges the access and warms it; → `found`. */
export function access(ee: u32, account: usize, key: usize, isAccessList: bool): i32 {
  let status = charge(
    ee == EVM_EE ? WARM_STORAGE_READ_ERGS : isAccessList ? ACCESS_LIST_SLOT_ERGS : 0,
    WARM_STORAGE_READ_NATIVE,
  );
  if (status) return status;
  const slot = slotOf(account, key);
  found = slot;
  const warm = load<u32>(slot, SLOT_TOUCHED) == Tx.number;
  wasWarm = warm;
  if (!warm) {
    const flags = load<u32>(slot, SLOT_FLAGS);
    // only the block's first access knows that a slot is new; later cold ones are charged as existing
    const first = !(flags & SLOT_MATERIALIZED);
    status = charge(
      ee == EVM_EE ? COLD_STORAGE_READ_EXTRA_ERGS : 0,
      first && flags & SLOT_IS_NEW ? COLD_NEW_READ_NATIVE : COLD_EXISTING_READ_NATIVE,
    );
    if (status) return status;
    if (first) store<u32>(slot, flags | SLOT_MATERIALIZED, SLOT_FLAGS);
    logSlot(slot);
    store<u32>(slot, Tx.number, SLOT_TOUCHED);
    store<u32>(slot, flags | (SLOT_MATERIALIZED | SLOT_UPDATED), SLOT_FLAGS);
  }
  return OK;
}

export function readSlot(ee: u32, address: usize, key: usize, out: usize): i32 {
  const status = access(ee, accountOf(address), key, false);
  if (status) return status;
  u256Copy(out, found);
  return OK;
}

export function writeSlot(ee: u32, account: usize, key: usize, value: usize): i32 {
  let status = access(ee, account, key, false);
  if (status) return status;
  const slot = found;
  const tx = Tx.number;
  if (load<u32>(slot, SLOT_TX_START_IN) != tx) {
    u256Copy(slot + SLOT_TX_START, slot);
    store<u32>(slot, tx, SLOT_TX_START_IN);
  }
  let ergs: u64 = 0;
  if (ee == EVM_EE) {
    if (!u256Equal(slot, value) && u256Equal(slot, slot + SLOT_TX_START)) {
      ergs = u256IsZero(slot) ? SSTORE_SET_EXTRA_ERGS : SSTORE_RESET_EXTRA_ERGS;
    }
    if (!wasWarm) ergs += COLD_WRITE_EXTRA_ERGS;
  }
  const flags = load<u32>(slot, SLOT_FLAGS);
  status = charge(ergs, flags & SLOT_UNSET ? NEW_WRITE_EXTRA_NATIVE : EXISTING_WRITE_EXTRA_NATIVE);
  if (status) return status;
  logSlot(slot);
  u256Copy(slot, value);
  store<u32>(slot, flags & ~SLOT_UNSET, SLOT_FLAGS);
  return OK;
}
