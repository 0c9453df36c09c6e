/** Why a delegation call is refused, for people: the checks of `delegation-code.ts` once more, one by one and with the values. */
import type { Refusal } from "../isa/decode.ts";
import type { Delegation } from "../isa/table.ts";
import { ADDRESS_SPACE, ROM_SIZE } from "./layout.ts";

const hex = (value: number) => "0x" + (value >>> 0).toString(16).padStart(8, "0");

function pointer(name: string, value: number, align: number, bytes: number): Refusal | undefined {
  if (value % align !== 0)
    return { cause: "delegation-misaligned", message: `${name} = ${hex(value)} is not a multiple of ${align}` };
  if (value < ROM_SIZE)
    return { cause: "delegation-rom", message: `${name} = ${hex(value)} points into the ROM; delegations work on RAM` };
  if (value + bytes > ADDRESS_SPACE)
    return {
      cause: "delegation-out-of-bounds",
      message: `${name} = ${hex(value)}: ${bytes} bytes reach beyond the RAM`,
    };
  return undefined;
}

/** Registers that a delegation reads: rd may be none of them, for the circuit sees rd written before the call reads. */
export const DELEGATION_REGISTERS: Record<Delegation, readonly number[]> = {
  blake2s: [10, 11, 12, 13],
  u256: [10, 11, 12],
};

/** The only register that a delegation writes: carry, borrow, overflow or equality. */
export const U256_FLAG = 12;

function refuseBlake2s(x: Uint32Array): Refusal | undefined {
  const [state, message, round, control] = x.subarray(10, 14);
  const bad = pointer("blake2s: state x10", state, 128, 96) ?? pointer("blake2s: message x11", message, 4, 64);
  if (bad) return bad;
  const distance = message - state;
  if (distance > -64 && distance < 96)
    return {
      cause: "delegation-overlap",
      message: `blake2s: message x11 = ${hex(message)} overlaps the state at x10 = ${hex(state)} (96 bytes)`,
    };
  if (round === 0 || (round & (round - 1)) !== 0 || round > 0x200)
    return {
      cause: "delegation-control",
      message: `blake2s: round x12 = ${hex(round)} is not one of the bits 0…9`,
    };
  if (control > 7)
    return {
      cause: "delegation-control",
      message: `blake2s: control x13 = ${hex(control)} has bits above the three that there are`,
    };
  return undefined;
}

function refuseU256(x: Uint32Array): Refusal | undefined {
  const [a, b, operation] = x.subarray(10, 13);
  const bad = pointer("u256: operand x10", a, 32, 32) ?? pointer("u256: operand x11", b, 32, 32);
  if (bad) return bad;
  if (a === b) return { cause: "delegation-overlap", message: `u256: x10 and x11 are the same address ${hex(a)}` };
  const kind = operation & ~64;
  if (operation > 255 || kind === 0 || (kind & (kind - 1)) !== 0)
    return {
      cause: "delegation-control",
      message: `u256: operation x12 = ${hex(operation)} is not exactly one operation (bit 6, carry, apart)`,
    };
  return undefined;
}

/** @param registers x0…x31 at the call */
export function refuseDelegation(delegation: Delegation, registers: Uint32Array): Refusal | undefined {
  return delegation === "blake2s" ? refuseBlake2s(registers) : refuseU256(registers);
}
