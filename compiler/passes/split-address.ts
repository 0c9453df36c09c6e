/**
 * Addresses beyond the reach of a load's 12 bits: the upper part becomes an addition of its own, which accesses nearby share, the lower
 * part goes into the access. A constant address becomes its upper part (one `lui`).
 */
import type { Block, Func, Value } from "../ir/function.ts";
import { info } from "../ir/ops.ts";

const hi20 = (value: number): number => ((value + 0x800) & 0xfffff000) | 0;
const lo12 = (value: number): number => (value << 20) >> 20;

export function splitAddresses(func: Func): void {
  for (const block of func.blocks) {
    const out: Value[] = [];
    for (const v of block.values) {
      if (info(v.op).bytes > 0) split(func, block, out, v);
      out.push(v);
    }
    block.values = out;
  }
}

function split(func: Func, block: Block, out: Value[], v: Value): void {
  const address = v.args[0]!;
  const constant = (imm: number): Value => {
    const k = func.value(block, "i32.const", "i32", [], imm, v.origin);
    out.push(k);
    return k;
  };
  if (address.op === "i32.const") {
    const at = (address.imm + v.imm) | 0;
    v.args[0] = constant(hi20(at));
    v.imm = lo12(at);
    return;
  }
  let base = address;
  let offset = v.imm;
  if (address.op === "i32.add" && address.args[1]!.op === "i32.const") {
    base = address.args[0]!;
    offset = (offset + address.args[1]!.imm) | 0;
  }
  if (base.op === "symbol" || offset === lo12(offset) || hi20(offset) === 0) return;
  const upper = func.value(block, "i32.add", "i32", [base, constant(hi20(offset))], 0, v.origin);
  out.push(upper);
  v.args[0] = upper;
  v.imm = lo12(offset);
}
