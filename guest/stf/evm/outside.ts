/** Opcodes that run with the gas window closed, on the resources themselves: everything that charges by more than a constant, or leaves the frame. */
import { OK } from "../system/status";
import { exp, spendExp } from "./arithmetic";
import { call, create } from "./calls";
import { calldatacopy, codecopy, end, extcodecopy, keccak, mcopy, returndatacopy } from "./copies";
import { ENDED_ERROR, ENDED_OK, ENDED_REVERT, failure } from "./exit";
import { Frame } from "./frame";
import * as op from "./opcodes";
import { accountQuery, log, selfbalance, selfdestruct, sload, sstore } from "./storage";

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
    case op.STOP:
      frame.outputLength = 0;
      return ENDED_OK;
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
