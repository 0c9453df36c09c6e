/** One access of a place, as the careful code looks at it: what is read is what was left there, and the place is stamped. */
import { OPERATORS } from "../isa/expression.ts";
import { Code, OP } from "../wasm/builder.ts";
import { CHECK, ENTRY } from "./check-layout.ts";
import { MEMORY } from "./layout.ts";

const { add, mul, ne, shrU, or, add64, extendU } = OPERATORS;

/** What an access is of: a register, whose stamp has 64 bits and is absolute, or a word of memory, whose stamp has 32 and is relative to the chunk's beginning. */
export type Accessed = "register" | "word";

/** Indices of the functions that `accessCode` makes. */
export type AccessFunctions = Readonly<Record<Accessed, number>>;

/** How an access is described to `access`. All are emitters of one value. */
export interface Access {
  of: Accessed;
  /** 8 times the register's number; or the word's address, 0 for what stands for the ROM and is always 0 */
  index: () => void;
  /** as the witness has them: value; and eight bytes, the timestamp and above it what must be `upper` */
  value: () => void;
  raw: () => void;
  upper: () => void;
  /** the timestamp of this access, relative to the chunk's beginning */
  stamp: () => void;
}

/** Leaves if the access is wrong: then nothing was changed. */
export function access(c: Code, functions: AccessFunctions, base: number, fail: number, what: Access): void {
  what.index();
  what.value();
  what.raw();
  what.upper();
  what.stamp();
  c.get(base).call(functions[what.of]).brIf(fail);
}

/**
 * 1 if the access is wrong. Parameters: those of `Access`, and the chunk's beginning.
 * @param first the function for a place's first access in the chunk
 */
export function accessCode(of: Accessed, first: number): Code {
  const c = new Code(6);
  const [index, value, raw, upper, stamp, base] = [0, 1, 2, 3, 4, 5];
  const left = c.local("i64");
  const isWord = of === "word";
  const refuseIf = () => c.if().i32(1).op(OP.return).end();
  if (isWord) c.get(index).load("u32ToI64", CHECK.stamps).tee(left).i64(0n);
  else c.get(index).load("i64", CHECK.registerStamps).tee(left).i32(0).load("i64", CHECK.unseen);
  c.op(OP.i64Ne).if();
  c.get(raw).get(left);
  if (isWord) c.get(base).op(add64.code);
  c.get(upper).op(extendU.code).i64(48n).op(OP.i64Shl, OP.i64Or, OP.i64Ne);
  refuseIf();
  c.get(value);
  if (isWord) c.get(index).load("i32").i32(0).get(index).op(OP.select);
  else c.get(index).load("i32", CHECK.registers);
  c.op(ne.code);
  refuseIf();
  c.else();
  if (isWord) {
    c.i32(0).get(value).get(index).op(OP.select);
    refuseIf();
  }
  c.get(index)
    .i32(isWord ? 2 : 3)
    .op(shrU.code);
  if (isWord) c.i32(MEMORY | 0).op(or.code);
  c.get(value).get(raw).get(upper).get(stamp).get(base).call(first);
  refuseIf();
  if (isWord) c.get(index).if().get(index).get(value).store("i32").end();
  else c.get(index).get(value).store("i32", CHECK.registers);
  c.end();
  c.get(index).get(stamp);
  if (isWord) c.store("i32", CHECK.stamps);
  else c.op(extendU.code).get(base).op(add64.code).store("i64", CHECK.registerStamps);
  return c.i32(0);
}

/** What is noted of a place's first access in the chunk: see `ENTRY`. All are emitters of one value. */
export type First = Readonly<Record<"place" | "value" | "timestamp" | "stamp", () => void>>;

/** Adds it to the list. */
export function noteFirst(c: Code, { place, value, timestamp, stamp }: First): void {
  const count = () => c.i32(0).load("i32", CHECK.locations);
  const put = (emit: () => void, kind: "i32" | "i64", offset: number) => {
    count().i32(ENTRY.size).op(mul.code);
    emit();
    c.store(kind, CHECK.list + offset);
  };
  put(place, "i32", ENTRY.place);
  put(value, "i32", ENTRY.value);
  put(timestamp, "i64", ENTRY.timestamp);
  put(stamp, "i32", ENTRY.firstStamp);
  c.i32(0);
  count().i32(1).op(add.code).store("i32", CHECK.locations);
}
