/**
 * Io and the end of a block, driven from outside: what a bootloader would call, one export a call. Pointers are to the program's memory (PROGRAM_SLOTS),
 * U256 for addresses, keys and values. Results that are not a status go to the addresses that the caller gives.
 */
import {
  Io,
  balance,
  beginTx,
  codeHash,
  codeSize,
  deployCode,
  emitEvent,
  emitL1Message,
  emitL1TxLog,
  finish,
  finishFrame,
  finishTx,
  incrementNonce,
  initIo,
  markForDeconstruction,
  pubdataUsed,
  readAccountCode,
  selfBalance,
  setBytecodeDetails,
  startFrame,
  storageRead,
  storageTouch,
  storageWrite,
  touchAccount,
  transfer,
  transientRead,
  transientWrite,
  updateBalance,
} from "../../../../guest/stf/system/io";
import { initMetadata } from "../../../../guest/stf/system/metadata";
import { Resources } from "../../../../guest/stf/system/resources";

export function begin(): void {
  initMetadata();
  initIo();
}

export function setResources(ergs: u64, native: u64): void {
  Resources.ergs = ergs;
  Resources.native = native;
}

export function ergs(): u64 {
  return Resources.ergs;
}

export function native(): u64 {
  return Resources.native;
}

export function code(): usize {
  return Io.code;
}

export function codeLength(): u32 {
  return Io.codeLength;
}

export function size(): u32 {
  return Io.size;
}

export {
  balance,
  beginTx,
  codeHash,
  codeSize,
  deployCode,
  emitEvent,
  emitL1Message,
  emitL1TxLog,
  finish,
  finishFrame,
  finishTx,
  incrementNonce,
  markForDeconstruction,
  pubdataUsed,
  readAccountCode,
  selfBalance,
  setBytecodeDetails,
  startFrame,
  storageRead,
  storageTouch,
  storageWrite,
  touchAccount,
  transfer,
  transientRead,
  transientWrite,
  updateBalance,
};
