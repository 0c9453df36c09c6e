/** From a WebAssembly function to SSA: control here, what is one pure operation by the table of operations, the rest by `build-special.ts`. */
import type { Instruction, WasmFunction } from "../wasm/module.ts";
import { emitSpecial } from "./build-special.ts";
import { Builder } from "./builder.ts";
import type { Func } from "./function.ts";
import { OPS } from "./ops.ts";
import type { Plan } from "./program.ts";

type Control = (b: Builder, i: Instruction, at: number) => void;

const CONTROL: Readonly<Record<string, Control>> = {
  nop: () => {},
  unreachable: (b) => b.terminate("trap", [], []),
  block: (b, i) => {
    b.enter("block", i.block!);
  },
  loop: (b, i, at) => b.enterLoop(i.block!, at),
  if: (b, i) => b.enterIf(i.block!),
  else: (b) => b.enterElse(b.frames[b.frames.length - 1]!),
  end: (b) => b.end(),
  br: (b, i) => b.terminate("jump", [], [b.edgeTo(i.index!)]),
  br_if: (b, i) => {
    const cond = b.pop();
    const next = b.func.block();
    b.terminate("br", [cond], [b.edgeTo(i.index!), { to: next, args: [] }]);
    b.continueIn(next);
  },
  br_table: (b, i) => {
    const index = b.pop();
    b.terminate(
      "switch",
      [index],
      i.labels!.map((depth) => b.edgeTo(depth)),
    );
  },
  return: (b) => b.returnValues(),
  drop: (b) => {
    b.pop();
  },
  "local.get": (b, i) => b.push(b.locals[i.index!]!),
  "local.set": (b, i) => {
    b.locals[i.index!] = b.pop();
  },
  "local.tee": (b, i) => {
    b.locals[i.index!] = b.stack[b.stack.length - 1]!;
  },
};

function buildInstruction(b: Builder, i: Instruction, at: number): void {
  const control = CONTROL[i.op];
  if (control !== undefined) {
    control(b, i, at);
    return;
  }
  const info = OPS.get(i.op);
  if (info?.effect === "pure" && info.arity >= 1 && info.type !== "any" && !/\.(div|rem)_/.test(i.op)) {
    const args = b.popMany(info.arity);
    b.push(b.emit(i.op, info.type, args));
  } else emitSpecial(b, i);
}

/** The index of the last instruction to skip: the one before the `else` or `end` that ends the unreachable stretch. */
function skipUnreachable(body: readonly Instruction[], at: number): number {
  let depth = 0;
  for (let k = at; ; k++) {
    const op = body[k]!.op;
    if (op === "block" || op === "loop" || op === "if") depth++;
    else if (op === "end" || op === "else") {
      if (depth === 0) return k - 1;
      if (op === "end") depth--;
    }
  }
}

export function buildFunction(plan: Plan, source: WasmFunction): Func {
  const b = new Builder(plan, source);
  const { body } = source;
  b.enter("function", { params: [], results: source.type.results });
  for (let at = 0; at < body.length; at++) {
    const i = body[at]!;
    b.origin = i.offset;
    if (!b.reachable && i.op !== "end" && i.op !== "else") {
      at = skipUnreachable(body, at);
      continue;
    }
    buildInstruction(b, i, at);
  }
  return b.func;
}
