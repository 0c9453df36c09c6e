/**
 * The interpreter's loop: one frame until it ends or wants something of the runner.
 *
 * The hot state is in locals: `pc` (next opcode), `sp` (first free word of the stack), `gas` and `native` (the window, see `gas.ts`). An opcode's native is added before
 * its gas is taken and its operands are looked at, as the original charges it; opcodes whose order differs run outside (`outside`), on the resources themselves.
 * Checks are one `if` each: joined by ||, the optimiser makes comparisons and ors of them, 3 instructions for each branch.
 * A case ends with `continue`; what leaves the switch has failed, and why does not matter: the frame loses its gas and returns nothing.
 * `pc` is raised in each case, not before the switch: so it stays in one register.
 */
import { marker } from "../../sdk/machine";
import { u256Copy, u256SetWord, u256Zero } from "../../sdk/u256";
import { OPCODE } from "../markers";
import { chargeNative, Resources } from "../system/resources";
import { OK } from "../system/status";
import { add, addmod, div, mod, mul, mulmod, sub } from "./arithmetic";
import { and, eq, gt, lt, not, or, sar, sgt, shl, shr, slt, xor } from "./bitwise";
import { calldataload } from "./environment";
import { ENDED_ERROR, ENDED_OK, FATAL_NATIVE, LAST_EXIT } from "./exit";
import { Frame, STACK_BYTES } from "./frame";
import { closeWindow, FATAL_GAS, growMemoryInWindow, nativeInWindow, openWindow, reopenWindow } from "./gas";
import { findDestination, isKnown, Jumps } from "./jumps";
import * as op from "./opcodes";
import { outside } from "./outside";
import { PUSH_NATIVES, pushBytes } from "./push";
import { SCRATCH } from "./slots";
import { above32, isZero, load32, loadWord, storeWord } from "./words";

/** Native of an opcode with its step. */
const STEP = op.STEP_NATIVE;


/**
 * Runs `frame` on the active resources, from `frame.pc`. @returns an exit (`exit.ts`). At an end `frame.output` is what it returns and the active resources are what
 * it leaves; at a request they are all that the frame has.
 */
export function execute(frame: Frame): u32 {
  const base = frame.base;
  const limit = base + STACK_BYTES;
  const jumps = changetype<Jumps>(frame.jumps);
  const codeLength = jumps.length;
  const destinations = jumps.map;
  /** an offset from here is behind the JUMPDEST at the offset */
  const behindCode = jumps.code + 1;
  let pc = frame.pc;
  let sp = frame.sp;
  let gas = openWindow();
  let native: u32 = 0;

  while (true) {
    if (PROVING) marker(OPCODE);
    const opcode = <i32>load<u8>(pc);
    switch (opcode) {
      case op.PUSH1: {
        pc++;
        native += STEP + op.PUSH1_NATIVE;
        if ((gas -= op.PUSH1_GAS) < 0) break;
        if (sp >= limit) break;
        u256SetWord(sp, load<u8>(pc));
        pc++;
        sp += 32;
        continue;
      }
      case op.PUSH2: {
        pc++;
        native += STEP + op.PUSH2_NATIVE;
        if ((gas -= op.PUSH2_GAS) < 0) break;
        if (sp >= limit) break;
        const to = (<u32>load<u8>(pc) << 8) | <u32>load<u8>(pc, 1);
        // nearly all are destinations: a jump that follows goes without the stack
        const next = <u32>load<u8>(pc, 2);
        if (next == op.JUMPI) {
          native += STEP + op.JUMPI_NATIVE;
          sp -= 32;
          if ((gas -= op.JUMPI_GAS) < 0) break;
          if (sp < base) break;
          if (isZero(sp)) {
            pc += 3;
            continue;
          }
        } else if (next == op.JUMP) {
          native += STEP + op.JUMP_NATIVE;
          if ((gas -= op.JUMP_GAS) < 0) break;
        } else {
          u256SetWord(sp, to);
          pc += 2;
          sp += 32;
          continue;
        }
        if (to >= codeLength) break;
        if (!isKnown(destinations, to) && !findDestination(jumps, to)) break;
        pc = behindCode + to;
        native += STEP + op.JUMPDEST_NATIVE;
        if ((gas -= op.JUMPDEST_GAS) < 0) break;
        if (<i32>native < 0) {
          gas = reopenWindow(gas, native);
          native = 0;
          if (gas < 0) break;
        }
        continue;
      }
      case op.PUSH4: {
        pc++;
        native += STEP + op.PUSH4_NATIVE;
        if ((gas -= op.PUSH4_GAS) < 0) break;
        if (sp >= limit) break;
        u256SetWord(sp, load32(pc));
        pc += 4;
        sp += 32;
        continue;
      }
      case op.PUSH32: {
        pc++;
        native += STEP + op.PUSH32_NATIVE;
        if ((gas -= op.PUSH32_GAS) < 0) break;
        if (sp >= limit) break;
        loadWord(pc, sp);
        pc += 32;
        sp += 32;
        continue;
      }
      case op.PUSH0: {
        pc++;
        native += STEP + op.PUSH0_NATIVE;
        if ((gas -= op.PUSH0_GAS) < 0) break;
        if (sp >= limit) break;
        u256Zero(sp);
        sp += 32;
        continue;
      }
      case op.PUSH3:
      case op.PUSH5:
      case op.PUSH6:
      case op.PUSH7:
      case op.PUSH8:
      case op.PUSH9:
      case op.PUSH10:
      case op.PUSH11:
      case op.PUSH12:
      case op.PUSH13:
      case op.PUSH14:
      case op.PUSH15:
      case op.PUSH16:
      case op.PUSH17:
      case op.PUSH18:
      case op.PUSH19:
      case op.PUSH20:
      case op.PUSH21:
      case op.PUSH22:
      case op.PUSH23:
      case op.PUSH24:
      case op.PUSH25:
      case op.PUSH26:
      case op.PUSH27:
      case op.PUSH28:
      case op.PUSH29:
      case op.PUSH30:
      case op.PUSH31: {
        pc++;
        native += load<u32>(PUSH_NATIVES + ((opcode - op.PUSH0) << 2));
        if ((gas -= op.PUSH3_GAS) < 0) break;
        if (sp >= limit) break;
        const count = opcode - op.PUSH0;
        pushBytes(pc, count, sp);
        pc += count;
        sp += 32;
        continue;
      }
      case op.DUP1: {
        pc++;
        native += STEP + op.DUP1_NATIVE;
        const a = sp - 32;
        if ((gas -= op.DUP1_GAS) < 0) break;
        if (a < base) break;
        if (sp >= limit) break;
        u256Copy(sp, a);
        sp += 32;
        continue;
      }
      case op.DUP2: {
        pc++;
        native += STEP + op.DUP2_NATIVE;
        const a = sp - 64;
        if ((gas -= op.DUP2_GAS) < 0) break;
        if (a < base) break;
        if (sp >= limit) break;
        u256Copy(sp, a);
        sp += 32;
        continue;
      }
      case op.DUP3: {
        pc++;
        native += STEP + op.DUP3_NATIVE;
        const a = sp - 96;
        if ((gas -= op.DUP3_GAS) < 0) break;
        if (a < base) break;
        if (sp >= limit) break;
        u256Copy(sp, a);
        sp += 32;
        continue;
      }
      case op.DUP4: {
        pc++;
        native += STEP + op.DUP4_NATIVE;
        const a = sp - 128;
        if ((gas -= op.DUP4_GAS) < 0) break;
        if (a < base) break;
        if (sp >= limit) break;
        u256Copy(sp, a);
        sp += 32;
        continue;
      }
      case op.DUP5: {
        pc++;
        native += STEP + op.DUP5_NATIVE;
        const a = sp - 160;
        if ((gas -= op.DUP5_GAS) < 0) break;
        if (a < base) break;
        if (sp >= limit) break;
        u256Copy(sp, a);
        sp += 32;
        continue;
      }
      case op.DUP6: {
        pc++;
        native += STEP + op.DUP6_NATIVE;
        const a = sp - 192;
        if ((gas -= op.DUP6_GAS) < 0) break;
        if (a < base) break;
        if (sp >= limit) break;
        u256Copy(sp, a);
        sp += 32;
        continue;
      }
      case op.DUP7:
      case op.DUP8:
      case op.DUP9:
      case op.DUP10:
      case op.DUP11:
      case op.DUP12:
      case op.DUP13:
      case op.DUP14:
      case op.DUP15:
      case op.DUP16: {
        pc++;
        native += STEP + op.DUP7_NATIVE;
        const a = sp - (<usize>(opcode - op.DUP1 + 1) << 5);
        if ((gas -= op.DUP7_GAS) < 0) break;
        if (a < base) break;
        if (sp >= limit) break;
        u256Copy(sp, a);
        sp += 32;
        continue;
      }
      case op.SWAP1: {
        pc++;
        native += STEP + op.SWAP1_NATIVE;
        const a = sp - 64;
        if ((gas -= op.SWAP1_GAS) < 0) break;
        if (a < base) break;
        const top = sp - 32;
        u256Copy(SCRATCH, top);
        u256Copy(top, a);
        u256Copy(a, SCRATCH);
        continue;
      }
      case op.SWAP2: {
        pc++;
        native += STEP + op.SWAP2_NATIVE;
        const a = sp - 96;
        if ((gas -= op.SWAP2_GAS) < 0) break;
        if (a < base) break;
        const top = sp - 32;
        u256Copy(SCRATCH, top);
        u256Copy(top, a);
        u256Copy(a, SCRATCH);
        continue;
      }
      case op.SWAP3: {
        pc++;
        native += STEP + op.SWAP3_NATIVE;
        const a = sp - 128;
        if ((gas -= op.SWAP3_GAS) < 0) break;
        if (a < base) break;
        const top = sp - 32;
        u256Copy(SCRATCH, top);
        u256Copy(top, a);
        u256Copy(a, SCRATCH);
        continue;
      }
      case op.SWAP4: {
        pc++;
        native += STEP + op.SWAP4_NATIVE;
        const a = sp - 160;
        if ((gas -= op.SWAP4_GAS) < 0) break;
        if (a < base) break;
        const top = sp - 32;
        u256Copy(SCRATCH, top);
        u256Copy(top, a);
        u256Copy(a, SCRATCH);
        continue;
      }
      case op.SWAP5:
      case op.SWAP6:
      case op.SWAP7:
      case op.SWAP8:
      case op.SWAP9:
      case op.SWAP10:
      case op.SWAP11:
      case op.SWAP12:
      case op.SWAP13:
      case op.SWAP14:
      case op.SWAP15:
      case op.SWAP16: {
        pc++;
        native += STEP + op.SWAP5_NATIVE;
        const a = sp - (<usize>(opcode - op.SWAP1 + 2) << 5);
        if ((gas -= op.SWAP5_GAS) < 0) break;
        if (a < base) break;
        const top = sp - 32;
        u256Copy(SCRATCH, top);
        u256Copy(top, a);
        u256Copy(a, SCRATCH);
        continue;
      }
      case op.POP: {
        pc++;
        native += STEP + op.POP_NATIVE;
        sp -= 32;
        if ((gas -= op.POP_GAS) < 0) break;
        if (sp < base) break;
        continue;
      }
      case op.JUMPDEST: {
        pc++;
        native += STEP + op.JUMPDEST_NATIVE;
        if ((gas -= op.JUMPDEST_GAS) < 0) break;
        continue;
      }
      case op.JUMP: {
        pc++;
        native += STEP + op.JUMP_NATIVE;
        sp -= 32;
        if ((gas -= op.JUMP_GAS) < 0) break;
        if (sp < base) break;
        if (above32(sp)) break;
        const to = load<u32>(sp);
        if (to >= codeLength) break;
        if (!isKnown(destinations, to) && !findDestination(jumps, to)) break;
        pc = behindCode + to;
        // on to the JUMPDEST, and through it
        native += STEP + op.JUMPDEST_NATIVE;
        if ((gas -= op.JUMPDEST_GAS) < 0) break;
        if (<i32>native < 0) {
          gas = reopenWindow(gas, native);
          native = 0;
          if (gas < 0) break;
        }
        continue;
      }
      case op.JUMPI: {
        pc++;
        native += STEP + op.JUMPI_NATIVE;
        sp -= 64;
        if ((gas -= op.JUMPI_GAS) < 0) break;
        if (sp < base) break;
        if (isZero(sp)) continue;
        if (above32(sp + 32)) break;
        const to = load<u32>(sp + 32);
        if (to >= codeLength) break;
        if (!isKnown(destinations, to) && !findDestination(jumps, to)) break;
        pc = behindCode + to;
        native += STEP + op.JUMPDEST_NATIVE;
        if ((gas -= op.JUMPDEST_GAS) < 0) break;
        if (<i32>native < 0) {
          gas = reopenWindow(gas, native);
          native = 0;
          if (gas < 0) break;
        }
        continue;
      }
      case op.MLOAD: {
        pc++;
        native += STEP + op.MLOAD_NATIVE;
        const a = sp - 32;
        if ((gas -= op.MLOAD_GAS) < 0) break;
        if (a < base) break;
        if (above32(a)) break;
        const offset = load<u32>(a);
        if (offset + 32 > frame.memorySize || offset + 32 < offset) {
          gas = growMemoryInWindow(frame, gas, native, offset, 32);
          native = nativeInWindow;
          if (gas < 0) break;
        }
        loadWord(frame.memory + offset, a);
        continue;
      }
      case op.MSTORE: {
        pc++;
        native += STEP + op.MSTORE_NATIVE;
        sp -= 64;
        if ((gas -= op.MSTORE_GAS) < 0) break;
        if (sp < base) break;
        if (above32(sp + 32)) break;
        const offset = load<u32>(sp + 32);
        if (offset + 32 > frame.memorySize || offset + 32 < offset) {
          gas = growMemoryInWindow(frame, gas, native, offset, 32);
          native = nativeInWindow;
          if (gas < 0) break;
        }
        storeWord(frame.memory + offset, sp);
        continue;
      }
      case op.MSTORE8: {
        pc++;
        native += STEP + op.MSTORE8_NATIVE;
        sp -= 64;
        if ((gas -= op.MSTORE8_GAS) < 0) break;
        if (sp < base) break;
        if (above32(sp + 32)) break;
        const offset = load<u32>(sp + 32);
        if (offset >= frame.memorySize) {
          gas = growMemoryInWindow(frame, gas, native, offset, 1);
          native = nativeInWindow;
          if (gas < 0) break;
        }
        store<u8>(frame.memory + offset, load<u8>(sp));
        continue;
      }
      case op.ADD: {
        pc++;
        native += STEP + op.ADD_NATIVE;
        const a = sp - 64;
        if ((gas -= op.ADD_GAS) < 0) break;
        if (a < base) break;
        add(a, sp - 32);
        sp -= 32;
        continue;
      }
      case op.MUL: {
        pc++;
        native += STEP + op.MUL_NATIVE;
        const a = sp - 64;
        if ((gas -= op.MUL_GAS) < 0) break;
        if (a < base) break;
        mul(a, sp - 32);
        sp -= 32;
        continue;
      }
      case op.SUB: {
        pc++;
        native += STEP + op.SUB_NATIVE;
        const a = sp - 64;
        if ((gas -= op.SUB_GAS) < 0) break;
        if (a < base) break;
        sub(a, sp - 32);
        sp -= 32;
        continue;
      }
      case op.DIV: {
        pc++;
        native += STEP + op.DIV_NATIVE;
        const a = sp - 64;
        if ((gas -= op.DIV_GAS) < 0) break;
        if (a < base) break;
        div(a, sp - 32);
        sp -= 32;
        continue;
      }
      case op.MOD: {
        pc++;
        native += STEP + op.MOD_NATIVE;
        const a = sp - 64;
        if ((gas -= op.MOD_GAS) < 0) break;
        if (a < base) break;
        mod(a, sp - 32);
        sp -= 32;
        continue;
      }
      case op.AND: {
        pc++;
        native += STEP + op.AND_NATIVE;
        const a = sp - 64;
        if ((gas -= op.AND_GAS) < 0) break;
        if (a < base) break;
        and(a, sp - 32);
        sp -= 32;
        continue;
      }
      case op.OR: {
        pc++;
        native += STEP + op.OR_NATIVE;
        const a = sp - 64;
        if ((gas -= op.OR_GAS) < 0) break;
        if (a < base) break;
        or(a, sp - 32);
        sp -= 32;
        continue;
      }
      case op.XOR: {
        pc++;
        native += STEP + op.XOR_NATIVE;
        const a = sp - 64;
        if ((gas -= op.XOR_GAS) < 0) break;
        if (a < base) break;
        xor(a, sp - 32);
        sp -= 32;
        continue;
      }
      case op.SHL: {
        pc++;
        native += STEP + op.SHL_NATIVE;
        const a = sp - 64;
        if ((gas -= op.SHL_GAS) < 0) break;
        if (a < base) break;
        shl(a, sp - 32);
        sp -= 32;
        continue;
      }
      case op.SHR: {
        pc++;
        native += STEP + op.SHR_NATIVE;
        const a = sp - 64;
        if ((gas -= op.SHR_GAS) < 0) break;
        if (a < base) break;
        shr(a, sp - 32);
        sp -= 32;
        continue;
      }
      case op.SAR: {
        pc++;
        native += STEP + op.SAR_NATIVE;
        const a = sp - 64;
        if ((gas -= op.SAR_GAS) < 0) break;
        if (a < base) break;
        sar(a, sp - 32);
        sp -= 32;
        continue;
      }
      case op.ADDMOD: {
        pc++;
        native += STEP + op.ADDMOD_NATIVE;
        const a = sp - 96;
        if ((gas -= op.ADDMOD_GAS) < 0) break;
        if (a < base) break;
        addmod(a, sp - 64, sp - 32);
        sp -= 64;
        continue;
      }
      case op.MULMOD: {
        pc++;
        native += STEP + op.MULMOD_NATIVE;
        const a = sp - 96;
        if ((gas -= op.MULMOD_GAS) < 0) break;
        if (a < base) break;
        mulmod(a, sp - 64, sp - 32);
        sp -= 64;
        continue;
      }
      case op.ISZERO:
      case op.LT:
      case op.GT:
      case op.SLT:
      case op.SGT:
      case op.EQ: {
        pc++;
        const b = sp - 32;
        let flag: u32;
        gas -= op.LT_GAS;
        if (opcode == op.ISZERO) {
          native += STEP + op.ISZERO_NATIVE;
          if (gas < 0) break;
          if (b < base) break;
          flag = isZero(b) as u32;
        } else {
          const a = sp - 64;
          if (opcode <= op.GT) {
            native += STEP + op.LT_NATIVE;
            if (gas < 0) break;
            if (a < base) break;
            flag = opcode == op.LT ? lt(a, b) : gt(a, b);
          } else if (opcode == op.EQ) {
            native += STEP + op.EQ_NATIVE;
            if (gas < 0) break;
            if (a < base) break;
            flag = eq(a, b);
          } else {
            native += STEP + op.SLT_NATIVE;
            if (gas < 0) break;
            if (a < base) break;
            flag = opcode == op.SLT ? slt(a, b) : sgt(a, b);
          }
          sp = b;
        }
        // mostly a jump on it or on its opposite follows, which goes without the stack
        let next = <u32>load<u8>(pc);
        if (next == op.ISZERO) {
          native += STEP + op.ISZERO_NATIVE;
          if ((gas -= op.ISZERO_GAS) < 0) break;
          flag ^= 1;
          pc++;
          next = <u32>load<u8>(pc);
        }
        if (next != op.PUSH2 || <u32>load<u8>(pc, 3) != op.JUMPI) {
          u256SetWord(sp - 32, flag);
          continue;
        }
        native += STEP + op.PUSH2_NATIVE;
        if ((gas -= op.PUSH2_GAS) < 0) break;
        if (sp >= limit) break;
        native += STEP + op.JUMPI_NATIVE;
        sp -= 32;
        if ((gas -= op.JUMPI_GAS) < 0) break;
        if (!flag) {
          pc += 4;
          continue;
        }
        const to = (<u32>load<u8>(pc, 1) << 8) | <u32>load<u8>(pc, 2);
        if (to >= codeLength) break;
        if (!isKnown(destinations, to) && !findDestination(jumps, to)) break;
        pc = behindCode + to;
        native += STEP + op.JUMPDEST_NATIVE;
        if ((gas -= op.JUMPDEST_GAS) < 0) break;
        if (<i32>native < 0) {
          gas = reopenWindow(gas, native);
          native = 0;
          if (gas < 0) break;
        }
        continue;
      }
      case op.NOT: {
        pc++;
        native += STEP + op.NOT_NATIVE;
        const a = sp - 32;
        if ((gas -= op.NOT_GAS) < 0) break;
        if (a < base) break;
        not(a);
        continue;
      }
      case op.CALLDATALOAD: {
        pc++;
        native += STEP + op.CALLDATALOAD_NATIVE;
        const a = sp - 32;
        if ((gas -= op.CALLDATALOAD_GAS) < 0) break;
        if (a < base) break;
        calldataload(frame, a);
        continue;
      }
      case op.ADDRESS: {
        pc++;
        native += STEP + op.ADDRESS_NATIVE;
        if ((gas -= op.ADDRESS_GAS) < 0) break;
        if (sp >= limit) break;
        u256Copy(sp, frame.address);
        sp += 32;
        continue;
      }
      case op.CALLER: {
        pc++;
        native += STEP + op.CALLER_NATIVE;
        if ((gas -= op.CALLER_GAS) < 0) break;
        if (sp >= limit) break;
        u256Copy(sp, frame.caller);
        sp += 32;
        continue;
      }
      case op.CALLVALUE: {
        pc++;
        native += STEP + op.CALLVALUE_NATIVE;
        if ((gas -= op.CALLVALUE_GAS) < 0) break;
        if (sp >= limit) break;
        u256Copy(sp, frame.value);
        sp += 32;
        continue;
      }
      case op.CALLDATASIZE: {
        pc++;
        native += STEP + op.CALLDATASIZE_NATIVE;
        if ((gas -= op.CALLDATASIZE_GAS) < 0) break;
        if (sp >= limit) break;
        u256SetWord(sp, frame.calldataLength);
        sp += 32;
        continue;
      }
      case op.RETURNDATASIZE: {
        pc++;
        native += STEP + op.RETURNDATASIZE_NATIVE;
        if ((gas -= op.RETURNDATASIZE_GAS) < 0) break;
        if (sp >= limit) break;
        u256SetWord(sp, frame.returnLength);
        sp += 32;
        continue;
      }
      case op.GAS: {
        pc++;
        native += STEP + op.GAS_NATIVE;
        if ((gas -= op.GAS_GAS) < 0) break;
        if (sp >= limit) break;
        const left = (Resources.ergs >> 8) + <u64>gas;
        u256SetWord(sp, <u32>left);
        store<u32>(sp, <u32>(left >> 32), 4);
        sp += 32;
        continue;
      }
      case op.STOP: {
        if (closeWindow(gas, native + STEP) != OK) return FATAL_NATIVE;
        frame.outputLength = 0;
        return ENDED_OK;
      }
      // apart from the default, so that the table has a place for every byte
      case op.SELFDESTRUCT: {
        if (closeWindow(gas, native + STEP) != OK) return FATAL_NATIVE;
        const exit = <u32>outside(frame, op.SELFDESTRUCT, sp);
        if (exit != ENDED_ERROR) return exit;
        gas = -1;
        native = 0;
        break;
      }
      default: {
        pc++;
        native += STEP;
        if (closeWindow(gas, native) != OK) return FATAL_NATIVE;
        frame.pc = pc;
        const next = outside(frame, opcode, sp);
        if (next > LAST_EXIT) {
          sp = next;
          gas = openWindow();
          native = 0;
          continue;
        }
        if (next != ENDED_ERROR) return <u32>next;
        // The window is closed, its native charged. (The last case has to end in a break: asc 0.28 drops what follows a switch whose last
        // case cannot fall out of it, whatever the others do.)
        gas = -1;
        native = 0;
        break;
      }
    }
    // the opcode failed
    if (gas == FATAL_GAS) return FATAL_NATIVE;
    Resources.ergs = 0;
    return chargeNative(native) == OK ? ENDED_ERROR : FATAL_NATIVE;
  }
}
