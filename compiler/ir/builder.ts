/**
 * A function under construction: its blocks, what is on WebAssembly's stack and in its locals, and the labels that are open. Control is structured, so SSA is made on the fly: a loop gets
 * parameters for the locals that are set inside it, a join for the locals that differ between its incoming edges.
 */
import { ModuleError } from "../errors.ts";
import type { FunctionType, Instruction, ValueType, WasmFunction } from "../wasm/module.ts";
import type { Block, Edge, Type, Value } from "./function.ts";
import { Func } from "./function.ts";
import { irType, type Plan, passing } from "./program.ts";

interface Incoming {
  edge: Edge;
  locals: Value[];
  stack: Value[];
}

interface Frame {
  kind: "block" | "loop" | "if" | "function";
  type: FunctionType;
  /** operands below this belong to enclosing frames */
  height: number;
  /** where a branch to the label goes */
  target: Block;
  incoming: Incoming[];
  /** loop: the locals that have parameters */
  loopLocals: number[];
  /** if: what the else branch starts from */
  otherwise: { block: Block; locals: Value[]; stack: Value[] } | undefined;
}

export class Builder {
  readonly plan: Plan;
  readonly func: Func;
  readonly source: WasmFunction;
  block: Block;
  stack: Value[] = [];
  locals: Value[] = [];
  frames: Frame[] = [];
  reachable = true;
  origin = -1;
  /** where a tail call of the function itself goes */
  again: Block | undefined;

  constructor(plan: Plan, source: WasmFunction) {
    this.plan = plan;
    this.source = source;
    const types = (list: readonly ValueType[]): Type[] => list.map((t) => irType(t, source.body[0]?.offset));
    const { params, results } = source.type;
    this.func = new Func(
      plan.symbols[source.index]!,
      source.name,
      types(params.slice(0, passing(plan, params))),
      types(results.slice(0, passing(plan, results))),
    );
    this.block = this.func.block();
    for (const type of this.func.params) this.locals.push(this.func.param(this.block, type));
    this.locals.push(...this.receive(params));
    if (source.body.some(({ op, index }) => op === "return_call" && index === source.index)) {
      this.again = this.func.block();
      this.terminate("jump", [], [{ to: this.again, args: this.locals.slice() }]);
      this.locals = this.locals.map((v) => this.func.param(this.again!, v.type as Type));
      this.continueIn(this.again);
    }
    const zeros = new Map<Type, Value>();
    for (const t of types(source.locals)) {
      if (!zeros.has(t)) zeros.set(t, t === "i32" ? this.i32(0) : this.i64(0n));
      this.locals.push(zeros.get(t)!);
    }
  }

  fail(message: string): never {
    throw new ModuleError("unsupported", message, `function ${this.source.name}`, this.origin);
  }

  push(v: Value): void {
    this.stack.push(v);
  }
  pop(): Value {
    return this.stack.pop()!;
  }
  popMany(n: number): Value[] {
    return n === 0 ? [] : this.stack.splice(this.stack.length - n, n);
  }
  emit(op: string, type: Type | "void", args: Value[], imm = 0): Value {
    return this.func.add(this.block, op, type, args, imm, this.origin);
  }
  i32(imm: number): Value {
    return this.func.const32(this.block, imm);
  }
  i64(big: bigint): Value {
    return this.func.const64(this.block, big);
  }
  /** i32 operation on two values */
  op32(op: string, a: Value, b: Value): Value {
    return this.emit(`i32.${op}`, "i32", [a, b]);
  }
  trapIf(cond: Value): void {
    this.emit("trap_if", "void", [cond]);
  }

  terminate(op: string, args: Value[], edges: Edge[]): void {
    this.block.terminator = { op, args, edges, origin: this.origin };
    this.reachable = false;
  }
  /** Ends the block with a jump to a new one, in which building goes on. */
  continueIn(block: Block): void {
    this.block = block;
    this.reachable = true;
  }

  edgeTo(depth: number): Edge {
    const frame = this.frames[this.frames.length - 1 - depth]!;
    const types = frame.kind === "loop" ? frame.type.params : frame.type.results;
    const values = types.length === 0 ? [] : this.stack.slice(this.stack.length - types.length);
    const edge: Edge = { to: frame.target, args: [] };
    if (frame.kind === "loop") edge.args = [...values, ...frame.loopLocals.map((l) => this.locals[l]!)];
    else frame.incoming.push({ edge, locals: this.locals.slice(), stack: values });
    return edge;
  }

  enter(kind: Frame["kind"], type: FunctionType): Frame {
    const height = this.stack.length - (kind === "function" ? 0 : type.params.length);
    const target = this.func.block();
    const frame: Frame = { kind, type, height, target, incoming: [], loopLocals: [], otherwise: undefined };
    this.frames.push(frame);
    return frame;
  }

  enterLoop(type: FunctionType, at: number): void {
    const frame = this.enter("loop", type);
    frame.loopLocals = localsSetInside(this.source.body, at);
    const args = [...this.popMany(type.params.length), ...frame.loopLocals.map((l) => this.locals[l]!)];
    this.terminate("jump", [], [{ to: frame.target, args }]);
    this.continueIn(frame.target);
    for (const t of type.params) this.push(this.func.param(frame.target, irType(t)));
    for (const l of frame.loopLocals) this.locals[l] = this.func.param(frame.target, this.locals[l]!.type as Type);
  }

  enterIf(type: FunctionType): void {
    const cond = this.pop();
    const frame = this.enter("if", type);
    const then = this.func.block();
    const otherwise = this.func.block();
    frame.otherwise = { block: otherwise, locals: this.locals.slice(), stack: this.stack.slice(frame.height) };
    this.terminate(
      "br",
      [cond],
      [
        { to: then, args: [] },
        { to: otherwise, args: [] },
      ],
    );
    this.continueIn(then);
  }

  /** `else`, or the missing one at `end`. */
  enterElse(frame: Frame): void {
    this.leave();
    const { block, locals, stack } = frame.otherwise!;
    frame.otherwise = undefined;
    this.continueIn(block);
    this.locals = locals;
    this.stack.length = frame.height;
    this.stack.push(...stack);
  }

  /** Falls out of the innermost frame to its join. */
  leave(): void {
    if (!this.reachable) return;
    const frame = this.frames[this.frames.length - 1]!;
    if (frame.kind === "loop") return; // falls through: a loop's label is its head
    this.terminate("jump", [], [this.edgeTo(0)]);
  }

  end(): void {
    const frame = this.frames[this.frames.length - 1]!;
    if (frame.otherwise !== undefined) this.enterElse(frame);
    this.leave();
    this.frames.pop();
    if (frame.kind === "loop") {
      if (!this.reachable) this.stack.length = frame.height;
      return;
    }
    this.stack.length = frame.height;
    const { target, incoming } = frame;
    if (incoming.length === 0) {
      this.func.blocks.splice(this.func.blocks.indexOf(target), 1);
      return;
    }
    this.continueIn(target);
    const join = (values: Value[]): Value => {
      const first = values[0]!;
      if (values.every((v) => v === first)) return first;
      const param = this.func.param(target, first.type as Type);
      incoming.forEach(({ edge }, i) => {
        edge.args.push(values[i]!);
      });
      return param;
    };
    for (let i = 0; i < frame.type.results.length; i++) this.push(join(incoming.map((e) => e.stack[i]!)));
    this.locals = this.locals.map((_, l) => join(incoming.map((e) => e.locals[l]!)));
    if (frame.kind === "function") this.returnValues();
  }

  returnValues(): void {
    const { results } = this.source.type;
    this.terminate("return", this.hand(results, this.popMany(results.length)), []);
  }

  /** Of what is passed, what goes by registers; the rest is put into the overflow slots. */
  hand(types: readonly ValueType[], values: Value[]): Value[] {
    const count = passing(this.plan, types);
    let slot = this.plan.overflowSlot;
    for (const v of values.slice(count)) {
      this.emit("global.set", "void", [v], slot);
      slot += v.type === "i64" ? 2 : 1;
    }
    return values.slice(0, count);
  }

  /** What `hand` left in the overflow slots. */
  receive(types: readonly ValueType[]): Value[] {
    let slot = this.plan.overflowSlot;
    return types.slice(passing(this.plan, types)).map((t) => {
      const v = this.emit("global.get", irType(t), [], slot);
      slot += v.type === "i64" ? 2 : 1;
      return v;
    });
  }
}

/** Builds an instruction. */
export type Emit = (b: Builder, i: Instruction) => void;

/** The locals set between the loop at `at` and its end, ascending. */
function localsSetInside(body: readonly Instruction[], at: number): number[] {
  const set = new Set<number>();
  let depth = 0;
  for (let k = at; ; k++) {
    const { op, index } = body[k]!;
    if (op === "block" || op === "loop" || op === "if") depth++;
    else if (op === "end" && --depth === 0) break;
    else if (op === "local.set" || op === "local.tee") set.add(index!);
  }
  return [...set].sort((a, b) => a - b);
}
