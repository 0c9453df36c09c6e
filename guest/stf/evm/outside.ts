/** Opcodes that run with the gas window closed, on the resources themselves: what charges by more than a constant, what leaves the frame, and the rare. */
import { OK } from "../system/status";
import { u256SetWord, u256Zero } from "../../sdk/u256";
import { exp, sdiv, signextend, smod, spendExp } from "./arithmetic";
import { byte } from "./bitwise";
import { call, create } from "./calls";
import { calldatacopy, codecopy, end, extcodecopy, keccak, mcopy, returndatacopy } from "./copies";
import { blockhash, pushContext } from "./environment";
import { ENDED_ERROR, ENDED_OK, ENDED_REVERT, failure } from "./exit";
import { Frame, STACK_BYTES } from "./frame";
import { spend } from "./gas";
import * as op from "./opcodes";
import { accountQuery, log, selfbalance, selfdestruct, sload, sstore } from "./storage";

/** A rare opcode of fixed cost over two operands. */
function binary(frame: Frame, opcode: i32, sp: usize, native: u64): usize {
  const status = spend(op.SDIV_GAS, native);
  if (status != OK) return failure(status);
  const a = sp - 64;
  if (a < frame.base) return ENDED_ERROR;
  const b = sp - 32;
  if (opcode == op.SDIV) sdiv(a, b);
  else if (opcode == op.SMOD) smod(a, b);
  else signextend(a, b);
  return b;
}

function byteOf(frame: Frame, sp: usize): usize {
  const status = spend(op.BYTE_GAS, op.BYTE_NATIVE);
  if (status != OK) return failure(status);
  if (sp - 64 < frame.base) return ENDED_ERROR;
  byte(sp - 64, sp - 32);
  return sp - 32;
}

/** BLOCKHASH, BLOBHASH. */
function hashOf(frame: Frame, opcode: i32, sp: usize): usize {
  const isBlock = opcode == op.BLOCKHASH;
  const status = spend(isBlock ? op.BLOCKHASH_GAS : op.BLOBHASH_GAS, isBlock ? op.BLOCKHASH_NATIVE : op.BLOBHASH_NATIVE);
  if (status != OK) return failure(status);
  if (sp - 32 < frame.base) return ENDED_ERROR;
  if (isBlock) blockhash(sp - 32);
  else u256Zero(sp - 32);
  return sp;
}

/** A rare opcode of 2 gas that pushes a word. */
function push(frame: Frame, opcode: i32, sp: usize, native: u64): usize {
  const status = spend(op.PC_GAS, native);
  if (status != OK) return failure(status);
  if (sp >= frame.base + STACK_BYTES) return ENDED_ERROR;
  if (opcode == op.PC) u256SetWord(sp, <u32>(frame.pc - frame.code - 1));
  else if (opcode == op.MSIZE) u256SetWord(sp, frame.memorySize);
  else if (opcode == op.CODESIZE) u256SetWord(sp, frame.codeLength);
  else pushContext(opcode, sp);
  return sp + 32;
}

/** Runs one such opcode; what is no opcode fails. @returns the new stack pointer, or an exit (`exit.ts`) */
export function outside(frame: Frame, opcode: i32, sp: usize): usize {
  switch (opcode) {
    case op.SLOAD:
      return sload(frame, sp, false);
    case op.SSTORE:
      return sstore(frame, sp, false);
    case op.TLOAD:
      return sload(frame, sp, true);
    case op.TSTORE:
      return sstore(frame, sp, true);
    case op.KECCAK256:
      return keccak(frame, sp);
    case op.CALL:
    case op.CALLCODE:
    case op.DELEGATECALL:
    case op.STATICCALL:
      return call(frame, sp, opcode);
    case op.RETURN:
      return end(frame, sp, op.RETURN_NATIVE, ENDED_OK);
    case op.REVERT:
      return end(frame, sp, op.REVERT_NATIVE, ENDED_REVERT);
    case op.CALLDATACOPY:
      return calldatacopy(frame, sp);
    case op.CODECOPY:
      return codecopy(frame, sp);
    case op.RETURNDATACOPY:
      return returndatacopy(frame, sp);
    case op.EXTCODECOPY:
      return extcodecopy(frame, sp);
    case op.MCOPY:
      return mcopy(frame, sp);
    case op.LOG0:
    case op.LOG1:
    case op.LOG2:
    case op.LOG3:
    case op.LOG4:
      return log(frame, sp, opcode - op.LOG0);
    case op.BALANCE:
    case op.EXTCODESIZE:
    case op.EXTCODEHASH:
      return accountQuery(frame, sp, opcode);
    case op.SELFBALANCE:
      return selfbalance(frame, sp);
    case op.EXP: {
      const a = sp - 64;
      if (a < frame.base) return ENDED_ERROR;
      const status = spendExp(a);
      if (status != OK) return failure(status);
      exp(a, sp - 32);
      return sp - 32;
    }
    case op.SDIV:
      return binary(frame, opcode, sp, op.SDIV_NATIVE);
    case op.SMOD:
      return binary(frame, opcode, sp, op.SMOD_NATIVE);
    case op.SIGNEXTEND:
      return binary(frame, opcode, sp, op.SIGNEXTEND_NATIVE);
    case op.BYTE:
      return byteOf(frame, sp);
    case op.BLOCKHASH:
    case op.BLOBHASH:
      return hashOf(frame, opcode, sp);
    case op.ORIGIN:
    case op.GASPRICE:
    case op.COINBASE:
    case op.TIMESTAMP:
    case op.NUMBER:
    case op.GASLIMIT:
    case op.CHAINID:
    case op.BASEFEE:
      return push(frame, opcode, sp, op.ORIGIN_NATIVE);
    case op.PC:
    case op.MSIZE:
    case op.CODESIZE:
    case op.PREVRANDAO:
    case op.BLOBBASEFEE:
      return push(frame, opcode, sp, op.PC_NATIVE);
    case op.CREATE:
      return create(frame, sp, false);
    case op.CREATE2:
      return create(frame, sp, true);
    case op.SELFDESTRUCT:
      return selfdestruct(frame, sp);
    default:
      return ENDED_ERROR; // INVALID and what is no opcode
  }
}
