/** Building of calls: direct ones, those of the machine's own operations (imports from `windproof`), and those through a table. */
import type { FunctionType, Instruction } from "../wasm/module.ts";
import { tableIndexOf, typeNumber } from "./build-table.ts";
import type { Builder, Emit } from "./builder.ts";
import type { Value } from "./function.ts";
import { irType, passing } from "./program.ts";

/** The machine's operations by import name: number of arguments and results as guest/sdk/machine.ts declares them. */
const MACHINE: Readonly<
  Record<string, { readonly params: number; readonly result: boolean; emit(b: Builder, args: Value[]): void }>
> = {
  tape_read: { params: 0, result: true, emit: (b) => b.push(b.emit("tape_read", "i32", [])) },
  tape_write: { params: 1, result: false, emit: (b, args) => void b.emit("tape_write", "void", args) },
  blake2s_round: { params: 4, result: false, emit: (b, args) => void b.emit("blake2s_round", "void", args) },
  u256_op: { params: 3, result: true, emit: (b, args) => b.push(b.emit("u256_op", "i32", args)) },
  finish: { params: 8, result: false, emit: (b, args) => b.terminate("finish", args, []) },
  unprovable: { params: 0, result: false, emit: (b) => b.terminate("trap", [], []) },
  marker: {
    params: 1,
    result: false,
    emit: (b, [id]) => {
      if (id!.op !== "i32.const") b.fail("marker: the id must be a constant;");
      b.emit("marker", "void", [], id!.imm);
    },
  },
};

function emitCallOf(b: Builder, op: string, type: FunctionType, args: Value[], code: Value[], offset: number): Value {
  const types = type.results.map((t) => irType(t, offset));
  const inRegisters = types.slice(0, passing(b.plan, type.results));
  const call = b.emit(op, inRegisters[0] ?? "void", [...b.hand(type.params, args), ...code]);
  call.results = inRegisters;
  inRegisters.forEach((t, k) => {
    b.push(k === 0 ? call : b.emit("result", t, [call], k));
  });
  for (const v of b.receive(type.results)) b.push(v);
  return call;
}

function emitCall(b: Builder, i: Instruction): void {
  const callee = b.plan.module.functions[i.index!]!;
  const args = b.popMany(callee.type.params.length);
  const results = callee.type.results.map((t) => irType(t, i.offset));
  if (callee.import === undefined) {
    emitCallOf(b, "call", callee.type, args, [], i.offset).symbol = b.plan.symbols[i.index!]!;
    return;
  }
  const { module, name } = callee.import;
  if (module === "windproof" && Object.hasOwn(MACHINE, name)) {
    const machine = MACHINE[name]!;
    if (args.length !== machine.params || (results.length === 1) !== machine.result)
      b.fail(`windproof.${name} is declared with another type than the machine's operation has;`);
    machine.emit(b, args);
  } else if (module === "env" && name === "abort") b.terminate("trap", [], []);
  else if (b.plan.options.imports?.[`${module}.${name}`] === "ignore")
    for (const t of results) b.push(t === "i32" ? b.i32(0) : b.i64(0n));
  else b.fail(`function ${module}.${name} is imported, but the machine has nothing of that name; it is called`);
}

/** A call in tail position of the machine's operations is a call and a return. */
function emitReturnCall(b: Builder, i: Instruction): void {
  const callee = b.plan.module.functions[i.index!]!;
  if (callee.import !== undefined) {
    emitCall(b, i);
    if (b.reachable) b.returnValues();
    return;
  }
  const args = b.popMany(callee.type.params.length);
  if (i.index === b.source.index) {
    b.terminate("jump", [], [{ to: b.again!, args }]);
    return;
  }
  b.terminate("return_call", b.hand(callee.type.params, args), []);
  b.block.terminator.symbol = b.plan.symbols[i.index!]!;
}

/**
 * A table that nothing writes becomes, for each type that is called through it, a read-only table of code addresses in which every
 * entry of another type leads to the trap: the type test costs nothing.
 */
function codeAddress(b: Builder, i: Instruction): { type: FunctionType; args: Value[]; code: Value } {
  const type = b.plan.module.types[i.index!]!;
  const tableIndex = i.index2 ?? 0;
  const table = b.plan.tables[tableIndex]!;
  const number = typeNumber(b, type);
  const index = tableIndexOf(b, tableIndex);
  const args = b.popMany(type.params.length);
  const scaled = (): Value => b.op32("shl", index, b.i32(2));
  let code: Value;
  if (table.mutable) {
    b.trapIf(b.op32("ge_u", index, b.emit("global.get", "i32", [], table.sizeSlot)));
    const entry = b.emit("i32.load", "i32", [b.op32("add", b.i32(table.address), scaled())]);
    entry.align = 2;
    b.trapIf(b.emit("i32.eqz", "i32", [entry]));
    b.trapIf(b.op32("ne", b.emit("rom.load", "i32", [entry], 4), b.i32(number)));
    code = b.emit("rom.load", "i32", [entry]);
  } else {
    b.trapIf(b.op32("ge_u", index, b.i32(table.entries.length)));
    const base = b.emit("symbol", "i32", []);
    base.symbol = `table.${tableIndex}.${number}`;
    code = b.emit("rom.load", "i32", [b.op32("add", base, scaled())]);
  }
  return { type, args, code };
}

function emitCallIndirect(b: Builder, i: Instruction): void {
  const { type, args, code } = codeAddress(b, i);
  emitCallOf(b, "call_indirect", type, args, [code], i.offset);
}

function emitReturnCallIndirect(b: Builder, i: Instruction): void {
  const { type, args, code } = codeAddress(b, i);
  b.terminate("return_call_indirect", [...b.hand(type.params, args), code], []);
}

export const CALL: Readonly<Record<string, Emit>> = {
  call: emitCall,
  call_indirect: emitCallIndirect,
  return_call: emitReturnCall,
  return_call_indirect: emitReturnCallIndirect,
};
