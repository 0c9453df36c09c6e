/** Numbers of 64 bits as code: see `wide.ts`. */
import { OPERATORS } from "../../isa/expression.ts";
import { type Code, OP } from "../../wasm/builder.ts";
import type { Half, Value, Wide } from "./wide.ts";

const { add, add64, extendU, mul64, shrU64, wrap } = OPERATORS;

function putValue(c: Code, { op, constant, local }: Value): void {
  if (op === "const") c.i32(constant);
  else c.get(local);
}

/** Puts all 64 bits; the first time they are computed. */
function putWide(c: Code, wide: Wide): void {
  if (wide.local >= 0) {
    c.get(wide.local);
    return;
  }
  switch (wide.kind) {
    case "sum":
      for (const [i, term] of wide.terms.entries()) {
        putWide(c, term);
        if (i > 0) c.op(add64.code);
      }
      break;
    case "product":
      putWide(c, wide.a);
      putWide(c, wide.b);
      c.op(mul64.code);
      break;
    case "rotation":
      putWide(c, wide.of);
      c.i64(BigInt(wide.by)).op(OP.i64Rotl);
      break;
    case "halves":
      if (wide.high) {
        putValue(c, wide.high);
        c.op(extendU.code).i64(32n).op(OP.i64Shl);
      }
      putValue(c, wide.low);
      c.op(extendU.code);
      if (wide.high) c.op(OP.i64Or);
      break;
    case "load":
      throw new Error("bug: words are loaded where the second of them is");
  }
  wide.local = c.local("i64");
  c.tee(wide.local);
}

/** Puts one half. */
function putHalf(c: Code, wide: Wide, isHigh: boolean): void {
  putWide(c, wide);
  if (isHigh) c.i64(32n).op(shrU64.code);
  c.op(wrap.code);
}

/** Puts what the instruction computes; `set` then takes it, and what the register of the other half holds. */
export function putHalves(
  c: Code,
  { wide, isHigh, rest, other }: Half,
  rd: number,
  set: (register: number) => void,
): void {
  putHalf(c, wide, isHigh);
  for (const value of rest) {
    putValue(c, value);
    c.op(add.code);
  }
  set(rd);
  if (other < 0) return;
  putHalf(c, wide, !isHigh);
  set(other);
}
