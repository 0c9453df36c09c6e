/**
 * Opcodes over byte regions: KECCAK256, the copies, RETURN and REVERT. They run with the gas window closed, on `Resources` itself.
 *
 * `sp` is the first free word of the stack; each returns the new one, or an exit (`exit.ts`). The order of charges and checks is the original's
 * (`evm_interpreter/src/instructions/{system,heap,control_flow,host}.rs`) wherever native could tell.
 */
import { hashToWord } from "../system/hashes";
import { EVM_EE, Io, readAccountCode } from "../system/io";
import { charge } from "../system/resources";
import { OK } from "../system/status";

import { ENDED_ERROR, ENDED_OK, ENDED_REVERT, failure } from "./exit";
import { Frame, returnBuffer } from "./frame";
import { growMemory, spend, spendCopy } from "./gas";
import {
  CALLDATACOPY_NATIVE,
  CODECOPY_NATIVE,
  EXTCODECOPY_NATIVE,
  KECCAK256_GAS,
  KECCAK256_NATIVE,
  RETURNDATACOPY_NATIVE,
} from "./opcodes";
import { above32, copyPadded, truncateToAddress } from "./words";

/** `basic_system/src/cost_constants.rs` */
const KECCAK256_STATIC_ERGS: u64 = 30 * 256;
const KECCAK256_WORD_ERGS: u64 = 6 * 256;
const KECCAK256_BASE_NATIVE: u64 = 2500;
const KECCAK256_ROUND_NATIVE: u64 = 17500;
const KECCAK256_BLOCK: u32 = 136;

/** Hash of no bytes, as a number. */
function emptyHash(to: usize): void {
  store<u64>(to, 0x7bfad8045d85a470);
  store<u64>(to, 0xe500b653ca82273b, 8);
  store<u64>(to, 0x927e7db2dcc703c0, 16);
  store<u64>(to, 0xc5d2460186f7233c, 24);
}

/** Charges the system function keccak256 for `length` bytes. */
export function spendKeccak(length: u32): i32 {
  const words = (<u64>length + 31) >> 5;
  let rounds = (length + KECCAK256_BLOCK - 1) / KECCAK256_BLOCK;
  if (rounds == 0) rounds = 1;
  return charge(
    KECCAK256_STATIC_ERGS + KECCAK256_WORD_ERGS * words,
    KECCAK256_BASE_NATIVE + KECCAK256_ROUND_NATIVE * <u64>rounds,
  );
}

export function keccak(frame: Frame, sp: usize): usize {
  const out = sp - 64;
  if (out < frame.base) return ENDED_ERROR;
  // both must fit even if there is nothing to hash
  if (above32(sp - 32) | above32(out)) return ENDED_ERROR;
  const offset = load<u32>(sp - 32);
  const length = load<u32>(out);
  if (offset + length < offset) return ENDED_ERROR;
  let status = spend(0, KECCAK256_NATIVE);
  if (status != OK) return failure(status);
  if (length == 0) {
    status = spend(KECCAK256_GAS, 0);
    emptyHash(out);
  } else {
    status = growMemory(frame, offset, length);
    if (status == OK) status = spendKeccak(length);
    if (status == OK) hashToWord(frame.memory + offset, length, out);
  }
  return status == OK ? sp - 32 : failure(status);
}

/** CALLDATACOPY, CODECOPY: `source` in full. */
function copyFrom(frame: Frame, sp: usize, source: usize, sourceLength: u32, native: u64): usize {
  const end = sp - 96;
  if (end < frame.base || above32(end)) return ENDED_ERROR;
  const length = load<u32>(end);
  let status = spendCopy(length, 3, native);
  if (status != OK) return failure(status);
  if (length == 0) return end;
  if (above32(sp - 32)) return ENDED_ERROR;
  const to = load<u32>(sp - 32);
  status = growMemory(frame, to, length);
  if (status != OK) return failure(status);
  copyPadded(frame.memory + to, length, source, sourceLength, sp - 64);
  return end;
}

export function calldatacopy(frame: Frame, sp: usize): usize {
  return copyFrom(frame, sp, frame.calldata, frame.calldataLength, CALLDATACOPY_NATIVE);
}

export function codecopy(frame: Frame, sp: usize): usize {
  return copyFrom(frame, sp, frame.code, frame.codeLength, CODECOPY_NATIVE);
}

/** Memory first, then the account, then the copy (unlike the other copies). */
export function extcodecopy(frame: Frame, sp: usize): usize {
  const end = sp - 128;
  if (end < frame.base) return ENDED_ERROR;
  let to: u32 = 0;
  let length: u32 = 0;
  if (above32(end) | load<u32>(end)) {
    if (above32(end) | above32(sp - 64)) return ENDED_ERROR;
    to = load<u32>(sp - 64);
    length = load<u32>(end);
  }
  let status = growMemory(frame, to, length);
  if (status != OK) return failure(status);
  truncateToAddress(sp - 32);
  status = readAccountCode(EVM_EE, sp - 32);
  if (status == OK) status = spendCopy(length, 0, EXTCODECOPY_NATIVE);
  if (status != OK) return failure(status);
  copyPadded(frame.memory + to, length, Io.code, Io.codeLength, sp - 96);
  return end;
}

/** Reading past what was returned fails. */
export function returndatacopy(frame: Frame, sp: usize): usize {
  const end = sp - 96;
  if (end < frame.base || above32(end)) return ENDED_ERROR;
  const length = load<u32>(end);
  let status = spendCopy(length, 3, RETURNDATACOPY_NATIVE);
  if (status != OK) return failure(status);
  if (above32(sp - 64)) return ENDED_ERROR;
  const from = load<u32>(sp - 64);
  if (from + length < from || from + length > frame.returnLength) return ENDED_ERROR;
  if (length == 0) return end;
  if (above32(sp - 32)) return ENDED_ERROR;
  const to = load<u32>(sp - 32);
  status = growMemory(frame, to, length);
  if (status != OK) return failure(status);
  memory.copy(frame.memory + to, returnBuffer + from, length);
  return end;
}

export function mcopy(frame: Frame, sp: usize): usize {
  const end = sp - 96;
  if (end < frame.base || above32(end)) return ENDED_ERROR;
  const length = load<u32>(end);
  let status = spendCopy(length, 3, 0);
  if (status != OK) return failure(status);
  if (length == 0) return end;
  if (above32(sp - 32) | above32(sp - 64)) return ENDED_ERROR;
  const to = load<u32>(sp - 32);
  const from = load<u32>(sp - 64);
  status = growMemory(frame, to > from ? to : from, length);
  if (status != OK) return failure(status);
  memory.copy(frame.memory + to, frame.memory + from, length);
  return end;
}

/** RETURN and REVERT. */
export function end(frame: Frame, sp: usize, native: u64, exit: u32): usize {
  let status = spend(0, native);
  if (status != OK) return failure(status);
  if (sp - 64 < frame.base || above32(sp - 64)) return ENDED_ERROR;
  const length = load<u32>(sp - 64);
  frame.outputLength = length;
  if (length) {
    if (above32(sp - 32)) return ENDED_ERROR;
    const offset = load<u32>(sp - 32);
    status = growMemory(frame, offset, length);
    if (status != OK) return failure(status);
    frame.output = frame.memory + offset;
  }
  return exit;
}
