/** One access of a place, as the checker's generated code looks at it: what is read is what was left there, and the place is stamped. */
import { OPERATORS } from "../isa/expression.ts";
import { type Code, OP } from "../wasm/builder.ts";
import { CHECK } from "./check-layout.ts";

const { add, ne, add64, extendU } = OPERATORS;

/** Locals of the function that looks, and what it goes to when the access is wrong. */
export interface AccessContext {
  c: Code;
  known: number;
  /** of 64 bits */
  raw: number;
  base: number;
  stamp: number;
  /** the function for a place's first access in the chunk */
  first: number;
  fail: number;
}

/** How an access is described to `access`. All are emitters of one value. */
export interface Access {
  /** the stamp is of 64 bits and absolute (a register's, `CHECK.unseen` for none), or of 32 and relative to `base` (a word's) */
  wide: boolean;
  /** address of the model's stamp, less `stamps`; and of its value, less `values` (none: the value is 0) */
  index: () => void;
  stamps: number;
  values?: number;
  /** as the row says it */
  place: () => void;
  value: () => void;
  /** eight bytes: timestamp, and above it what must be `upper` */
  raw: () => void;
  upper: () => void;
  plus: number;
}

/** What an access read is what was left there; it is stamped. */
export function access(x: AccessContext, what: Access): void {
  const { c, known, raw } = x;
  what.index();
  if (what.wide) c.load("i64", what.stamps).tee(raw).i32(0).load("i64", CHECK.unseen).op(OP.i64Ne).if();
  else c.load("i32", what.stamps).tee(known).if();
  what.raw();
  if (what.wide) c.get(raw);
  else c.get(known).op(extendU.code).get(x.base).op(add64.code);
  what.upper();
  c.op(extendU.code).i64(48n).op(OP.i64Shl, OP.i64Or, OP.i64Ne).brIf(x.fail);
  what.value();
  if (what.values === undefined) c.i32(0);
  else {
    what.index();
    c.load("i32", what.values);
  }
  c.op(ne.code).brIf(x.fail);
  c.else();
  what.raw();
  c.set(raw);
  what.place();
  what.value();
  c.get(raw);
  what.upper();
  c.get(x.stamp).i32(what.plus).op(add.code).get(x.base).call(x.first).brIf(x.fail);
  if (what.values !== undefined) {
    what.index();
    what.value();
    c.store("i32", what.values);
  } else {
    what.value();
    c.brIf(x.fail);
  }
  c.end();
  what.index();
  c.get(x.stamp).i32(what.plus).op(add.code);
  if (what.wide) c.op(extendU.code).get(x.base).op(add64.code).store("i64", what.stamps);
  else c.store("i32", what.stamps);
}
