/**
 * The table of operations. Names are WebAssembly's text names where the meaning is WebAssembly's; the rest is explained in `doc`.
 * Everything that passes ask about an operation (arity, type, effect, commutativity) is here and nowhere else.
 */
import type { Type } from "./function.ts";

/**
 * `pure`: depends on its arguments only, may be moved, merged, dropped. `load`: reads memory. `store`: writes memory. `trap`: may end the run,
 * nothing else. `state`: reads or writes a global. `call`: anything. `effect`: acts outside memory (tape, delegation), order kept.
 */
export type Effect = "pure" | "load" | "store" | "trap" | "state" | "call" | "effect";

export interface OpInfo {
  /** number of arguments, -1: any */
  readonly arity: number;
  readonly argType: Type;
  /** `void` for none; `any`: as the value itself says */
  readonly type: Type | "void" | "any";
  readonly effect: Effect;
  readonly commutative: boolean;
  /** bytes that a memory access touches, 0 for other operations */
  readonly bytes: number;
  readonly doc: string;
}

export const OPS: Map<string, OpInfo> = new Map();

function op(
  name: string,
  arity: number,
  argType: Type,
  type: Type | "void" | "any",
  effect: Effect = "pure",
  more: Partial<OpInfo> = {},
): void {
  OPS.set(name, { arity, argType, type, effect, commutative: false, bytes: 0, doc: "", ...more });
}

const INTEGER: readonly Type[] = ["i32", "i64"];
for (const t of INTEGER) {
  for (const name of ["add", "mul", "and", "or", "xor"]) op(`${t}.${name}`, 2, t, t, "pure", { commutative: true });
  for (const name of ["sub", "shl", "shr_s", "shr_u", "rotl", "rotr"]) op(`${t}.${name}`, 2, t, t);
  for (const name of ["div_s", "div_u", "rem_s", "rem_u"])
    op(`${t}.${name}`, 2, t, t, "pure", {
      doc: "the builder puts the trap tests before it; as the machine divides, it never traps",
    });
  for (const name of ["eq", "ne"]) op(`${t}.${name}`, 2, t, "i32", "pure", { commutative: true });
  for (const name of ["lt_s", "lt_u", "gt_s", "gt_u", "le_s", "le_u", "ge_s", "ge_u"]) op(`${t}.${name}`, 2, t, "i32");
  op(`${t}.eqz`, 1, t, "i32");
  for (const name of ["clz", "ctz", "popcnt", "extend8_s", "extend16_s"]) op(`${t}.${name}`, 1, t, t);
}
op("i64.extend32_s", 1, "i64", "i64");
op("i64.extend_i32_s", 1, "i32", "i64");
op("i64.extend_i32_u", 1, "i32", "i64");
op("i32.wrap_i64", 1, "i64", "i32");
op("i64.join", 2, "i32", "i64", "pure", { doc: "low word, high word" });
op("i64.high", 1, "i64", "i32", "pure", { doc: "high word" });
op("i32.mulhu", 2, "i32", "i32", "pure", { commutative: true, doc: "high word of the unsigned product" });
op("i32.mulhs", 2, "i32", "i32", "pure", { commutative: true, doc: "high word of the signed product" });
op("i32.const", 0, "i32", "i32", "pure", { doc: "imm" });
op("i64.const", 0, "i64", "i64", "pure", { doc: "big" });
op("param", 0, "i32", "any", "pure", { doc: "parameter of its block" });
op("copy", 1, "i32", "any", "pure", { doc: "a value that was replaced by its argument; removed by copy propagation" });
op("select", 3, "i32", "any", "pure", { doc: "if-true, if-false, condition" });
op("symbol", 0, "i32", "i32", "pure", { doc: "address of `symbol` + imm" });

for (const [name, bytes] of [
  ["load8_s", 1],
  ["load8_u", 1],
  ["load16_s", 2],
  ["load16_u", 2],
  ["load", 4],
] as const)
  op(`i32.${name}`, 1, "i32", "i32", "load", { bytes, doc: "address; imm = offset, align = log2" });
op("i64.load", 1, "i32", "i64", "load", { bytes: 8 });
op("i32.store8", 2, "i32", "void", "store", { bytes: 1, doc: "address, value; imm = offset" });
op("i32.store16", 2, "i32", "void", "store", { bytes: 2 });
op("i32.store", 2, "i32", "void", "store", { bytes: 4 });
op("i64.store", 2, "i32", "void", "store", { bytes: 8, doc: "address (i32), value (i64)" });
op("rom.load", 1, "i32", "i32", "pure", { doc: "word of read-only memory: never changes" });

op("global.get", 0, "i32", "any", "state", { doc: "imm = index of the global" });
op("global.set", 1, "i32", "void", "state", { doc: "imm = index of the global" });
op("call", -1, "i32", "any", "call", { doc: "direct call of `symbol`; the value is result 0" });
op("call_indirect", -1, "i32", "any", "call", { doc: "code address last; the value is result 0" });
op("result", 1, "i32", "any", "pure", { doc: "result imm ≥ 1 of the call before it" });
op("move", 1, "i32", "i32", "pure", { doc: "a copy that stays: the first half of an expanded select" });
op("trap_if", 1, "i32", "void", "trap", { doc: "ends the run as unprovable if the condition is not 0" });
op("tape_read", 0, "i32", "i32", "effect");
op("tape_write", 1, "i32", "void", "effect");
op("blake2s_round", 4, "i32", "void", "call", { doc: "writes memory" });
op("u256_op", 3, "i32", "i32", "call", { doc: "writes memory" });
op("marker", 0, "i32", "void", "effect", { doc: "label in the symbol table, no code; imm = id" });

export function info(name: string): OpInfo {
  const found = OPS.get(name);
  if (found === undefined) throw new Error(`unknown operation ${name}`);
  return found;
}

/** What the terminators are: number of arguments (-1: any), number of edges (-1: any). */
export const TERMINATORS: ReadonlyMap<
  string,
  { readonly arity: number; readonly edges: number; readonly doc: string }
> = new Map([
  ["jump", { arity: 0, edges: 1, doc: "" }],
  ["br", { arity: 1, edges: 2, doc: "first edge if the condition is not 0" }],
  ["switch", { arity: 1, edges: -1, doc: "edge by index, the last is the default" }],
  ["return", { arity: -1, edges: 0, doc: "" }],
  ["return_call", { arity: -1, edges: 0, doc: "the callee takes this function's place: it returns to the caller" }],
  ["return_call_indirect", { arity: -1, edges: 0, doc: "the same, code address last" }],
  ["trap", { arity: 0, edges: 0, doc: "the run becomes unprovable" }],
  ["finish", { arity: -1, edges: 0, doc: "the run ends; arguments are x10…, other outputs 0" }],
]);

export const PURE: ReadonlySet<Effect> = new Set<Effect>(["pure", "load"]);
