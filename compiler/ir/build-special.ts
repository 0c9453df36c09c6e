/** Building of the instructions that are more than one pure operation. */
import type { Instruction } from "../wasm/module.ts";
import { symbolAddress } from "./build-bounds.ts";
import { CALL } from "./build-call.ts";
import { MEMORY } from "./build-memory.ts";
import { TABLE } from "./build-table.ts";
import type { Builder, Emit } from "./builder.ts";
import type { Type, Value } from "./function.ts";

function divide(op: string): Emit {
  const type = op.slice(0, 3) as Type;
  return (b) => {
    const d = b.pop();
    const n = b.pop();
    const constant = (v: bigint): Value => (type === "i32" ? b.i32(Number(v)) : b.i64(v));
    const known = d.op === "i32.const" ? BigInt(d.imm) : d.big;
    if (known === undefined || known === 0n) b.trapIf(b.emit(`${type}.eqz`, "i32", [d]));
    if (op.endsWith("div_s") && (known === undefined || known === -1n)) {
      const least = constant(type === "i32" ? -(2n ** 31n) : -(2n ** 63n));
      const overflow = b.op32(
        "and",
        b.emit(`${type}.eq`, "i32", [n, least]),
        b.emit(`${type}.eq`, "i32", [d, constant(-1n)]),
      );
      b.trapIf(overflow);
    }
    b.push(b.emit(op, type, [n, d]));
  };
}

function globalGet(b: Builder, i: Instruction): void {
  const g = b.plan.globals[i.index!]!;
  if (typeof g === "number") {
    const type: Type = b.plan.module.globals[i.index!]!.type === "i64" ? "i64" : "i32";
    b.push(b.emit("global.get", type, [], g));
  } else b.push(g.type === "i32" ? b.i32(Number(BigInt.asIntN(32, g.value))) : b.i64(g.value));
}

function globalSet(b: Builder, i: Instruction): void {
  b.emit("global.set", "void", [b.pop()], b.plan.globals[i.index!] as number);
}

const SPECIAL: Readonly<Record<string, Emit>> = {
  "i32.const": (b, i) => b.push(b.i32(i.value!)),
  "i64.const": (b, i) => b.push(b.i64(i.value64!)),
  ...MEMORY,
  ...TABLE,
  ...CALL,
  "global.get": globalGet,
  "global.set": globalSet,
  "ref.null": (b) => b.push(b.i32(0)),
  "ref.is_null": (b) => b.push(b.emit("i32.eqz", "i32", [b.pop()])),
  "ref.func": (b, i) => b.push(symbolAddress(b, `ref.${i.index}`)),
  select: (b) => {
    const [x, y, cond] = b.popMany(3) as [Value, Value, Value];
    b.push(b.emit("select", x.type, [x, y, cond]));
  },
};
for (const t of ["i32", "i64"])
  for (const op of ["div_s", "div_u", "rem_s", "rem_u"])
    (SPECIAL as Record<string, Emit>)[`${t}.${op}`] = divide(`${t}.${op}`);

export function emitSpecial(b: Builder, i: Instruction): void {
  const emit = SPECIAL[i.op];
  if (emit === undefined) {
    const float = /^f(32|64)\b|f32|f64/.test(i.op);
    b.fail(`${i.op} cannot be compiled: ${float ? "the machine has integers only" : "not supported"};`);
  }
  emit(b, i);
}
