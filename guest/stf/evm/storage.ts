/**
 * Opcodes that reach the system's state: storage, transient storage, balances and code of accounts, events, self-destruction.
 * They run with the gas window closed; io charges (conventions as in `copies.ts`; `evm_interpreter/src/instructions/host.rs`).
 */
import {
  balance,
  codeHash,
  codeSize,
  emitEvent,
  EVM_EE,
  Io,
  markForDeconstruction,
  selfBalance,
  storageRead,
  storageWrite,
  transientRead,
  transientWrite,
} from "../system/io";
import { Resources } from "../system/resources";
import { OK } from "../system/status";
import { u256Copy, u256SetWord } from "../../sdk/u256";
import { ENDED_ERROR, ENDED_OK, failure } from "./exit";
import { Frame, STACK_BYTES } from "./frame";
import { growMemory, spend } from "./gas";
import {
  BALANCE,
  BALANCE_NATIVE,
  EXTCODEHASH,
  EXTCODEHASH_NATIVE,
  EXTCODESIZE_NATIVE,
  LOG0_NATIVE,
  SELFBALANCE_NATIVE,
  SELFDESTRUCT_GAS,
  SELFDESTRUCT_NATIVE,
  SLOAD_NATIVE,
  SSTORE_NATIVE,
  TLOAD_NATIVE,
  TSTORE_NATIVE,
} from "./opcodes";
import { SCRATCH, TOPICS } from "./slots";
import { above32, truncateToAddress } from "./words";

/** SSTORE needs more gas than this (EIP-2200). */
const STIPEND_ERGS: u64 = 2300 * 256;

export function sload(frame: Frame, sp: usize, isTransient: bool): usize {
  let status = spend(0, isTransient ? TLOAD_NATIVE : SLOAD_NATIVE);
  if (status != OK) return failure(status);
  const top = sp - 32;
  if (top < frame.base) return ENDED_ERROR;
  status = isTransient
    ? transientRead(EVM_EE, frame.address, top, SCRATCH)
    : storageRead(EVM_EE, frame.address, top, SCRATCH);
  if (status != OK) return failure(status);
  u256Copy(top, SCRATCH);
  return sp;
}

export function sstore(frame: Frame, sp: usize, isTransient: bool): usize {
  let status = spend(0, isTransient ? TSTORE_NATIVE : SSTORE_NATIVE);
  if (status != OK) return failure(status);
  if (frame.isStatic) return ENDED_ERROR;
  if (!isTransient && (Resources.ergs >> 8) << 8 <= STIPEND_ERGS) return ENDED_ERROR;
  const end = sp - 64;
  if (end < frame.base) return ENDED_ERROR;
  status = isTransient
    ? transientWrite(EVM_EE, frame.address, sp - 32, end)
    : storageWrite(EVM_EE, frame.address, sp - 32, end);
  return status == OK ? end : failure(status);
}

/** BALANCE, EXTCODESIZE, EXTCODEHASH: an account of the stack, in place. */
export function accountQuery(frame: Frame, sp: usize, opcode: i32): usize {
  let status = spend(0, opcode == BALANCE ? BALANCE_NATIVE : opcode == EXTCODEHASH ? EXTCODEHASH_NATIVE : EXTCODESIZE_NATIVE);
  if (status != OK) return failure(status);
  const top = sp - 32;
  if (top < frame.base) return ENDED_ERROR;
  truncateToAddress(top);
  if (opcode == BALANCE) {
    status = balance(EVM_EE, top, SCRATCH);
    if (status == OK) u256Copy(top, SCRATCH);
  } else if (opcode == EXTCODEHASH) {
    status = codeHash(EVM_EE, top, SCRATCH);
    if (status == OK) u256Copy(top, SCRATCH);
  } else {
    status = codeSize(EVM_EE, top);
    if (status == OK) u256SetWord(top, Io.size);
  }
  return status == OK ? sp : failure(status);
}

export function selfbalance(frame: Frame, sp: usize): usize {
  let status = spend(0, SELFBALANCE_NATIVE);
  if (status == OK) status = selfBalance(EVM_EE, frame.address, SCRATCH);
  if (status != OK) return failure(status);
  if (sp >= frame.base + STACK_BYTES) return ENDED_ERROR;
  u256Copy(sp, SCRATCH);
  return sp + 32;
}

export function log(frame: Frame, sp: usize, count: u32): usize {
  let status = spend(0, LOG0_NATIVE);
  if (status != OK) return failure(status);
  if (frame.isStatic) return ENDED_ERROR;
  const end = sp - 64 - (<usize>count << 5);
  if (end < frame.base) return ENDED_ERROR;
  let offset: u32 = 0;
  let length: u32 = 0;
  if (above32(sp - 64) | load<u32>(sp - 64)) {
    if (above32(sp - 64) | above32(sp - 32)) return ENDED_ERROR;
    offset = load<u32>(sp - 32);
    length = load<u32>(sp - 64);
  }
  for (let i: u32 = 0; i < count; i++) u256Copy(TOPICS + (<usize>i << 5), sp - 96 - (<usize>i << 5));
  status = growMemory(frame, offset, length);
  if (status == OK) status = emitEvent(EVM_EE, frame.address, TOPICS, count, frame.memory + offset, length);
  return status == OK ? end : failure(status);
}

export function selfdestruct(frame: Frame, sp: usize): usize {
  let status = spend(SELFDESTRUCT_GAS, SELFDESTRUCT_NATIVE);
  if (status != OK) return failure(status);
  const top = sp - 32;
  if (frame.isStatic || top < frame.base) return ENDED_ERROR;
  truncateToAddress(top);
  status = markForDeconstruction(EVM_EE, frame.address, top, frame.isConstructor);
  frame.outputLength = 0;
  return status == OK ? ENDED_OK : failure(status);
}
