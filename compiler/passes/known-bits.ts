/** Upper bounds on which bits of a word can be set: cheap, local, enough for masks, booleans and byte loads. */
import type { Value } from "../ir/function.ts";
import { resolve } from "../ir/function.ts";

const COMPARES = /^i(32|64)\.(eq|ne|lt_|gt_|le_|ge_|eqz)/;

export function isCompare(op: string): boolean {
  return COMPARES.test(op);
}

function spread(mask: number): number {
  // every bit below the highest set one
  return mask === 0 ? 0 : 0xffff_ffff >>> Math.clz32(mask);
}

/** A mask (unsigned) outside of which all bits of `v` are zero. */
export function possibleBits(value: Value, depth = 6): number {
  const v = resolve(value);
  if (v.op === "i32.const") return v.imm >>> 0;
  if (isCompare(v.op)) return 1;
  if (v.op === "i32.load8_u") return 0xff;
  if (v.op === "i32.load16_u") return 0xffff;
  if (depth === 0) return 0xffff_ffff;
  const bits = (i: number): number => possibleBits(v.args[i]!, depth - 1);
  switch (v.op) {
    case "i32.and":
      return (bits(0) & bits(1)) >>> 0;
    case "i32.or":
    case "i32.xor":
      return (bits(0) | bits(1)) >>> 0;
    case "select":
      return (bits(0) | bits(1)) >>> 0;
    case "i32.shl": {
      const by = resolve(v.args[1]!);
      return by.op === "i32.const" ? (bits(0) << (by.imm & 31)) >>> 0 : 0xffff_ffff;
    }
    case "i32.shr_u": {
      const by = resolve(v.args[1]!);
      return by.op === "i32.const" ? bits(0) >>> (by.imm & 31) : spread(bits(0));
    }
    case "i32.shr_s": {
      const by = resolve(v.args[1]!);
      const m = bits(0);
      if (m >>> 31 !== 0) return 0xffff_ffff;
      return by.op === "i32.const" ? m >>> (by.imm & 31) : spread(m);
    }
    case "i32.add": {
      const sum = spread(bits(0)) + spread(bits(1));
      if (sum > 0xffff_ffff) return 0xffff_ffff;
      // low bits that are zero in both stay zero
      const low = bits(0) | bits(1);
      return (spread(sum) & ~((low & -low) - 1)) >>> 0;
    }
    case "i32.mul": {
      const product = spread(bits(0)) * spread(bits(1));
      return product > 0xffff_ffff ? 0xffff_ffff : spread(product);
    }
    case "i32.rem_u":
      return spread(Math.min(bits(0), bits(1)));
    case "i32.div_u":
      return spread(bits(0));
    default:
      return 0xffff_ffff;
  }
}
