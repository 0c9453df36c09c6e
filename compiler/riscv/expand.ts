/**
 * Makes what the machine fixes explicit before allocation: arguments and results in the registers of conventions, operands of delegations,
 * and block parameters as parallel copies at the ends of predecessors.
 */
import { type Convention, inst, type MFunc, type MInst } from "./machine.ts";
import { A0, ALLOCATABLE_MASK, ARGUMENTS, CLOBBERED_MASK, RA } from "./registers.ts";

/** What is called through a table, by recursion, or before it was compiled. */
export function defaultConvention(params: number, results: number): Convention {
  const overflow = Math.max(0, params - ARGUMENTS.length);
  // results have words of their own: an argument may be read again as long as the function runs
  const place = (n: number, first: number): number[] =>
    Array.from({ length: n }, (_, k) => ARGUMENTS[k] ?? -2 - first - (k - ARGUMENTS.length));
  return { params: place(params, 0), results: place(results, overflow), link: RA, clobbers: CLOBBERED_MASK };
}

export function expandConventions(
  func: MFunc,
  fixed: Convention | undefined,
  of: (i: MInst) => Convention,
  results: Convention,
): void {
  const reserved = ~ALLOCATABLE_MASK;
  for (const block of func.blocks) {
    const out: MInst[] = [];
    const copy = (defs: number[], uses: number[], origin: number): void => {
      if (defs.length > 0) out.push(inst("pcopy", defs, uses, 0, origin));
    };
    const area = (
      op: string,
      places: readonly number[],
      values: number[],
      isDef: boolean,
      origin: number,
      symbol?: string,
    ): void => {
      places.forEach((p, k) => {
        if (p > -2) return;
        const i = inst(op, isDef ? [values[k]!] : [], isDef ? [] : [values[k]!], -2 - p, origin);
        if (symbol !== undefined) i.symbol = symbol;
        out.push(i);
      });
    };
    const inRegisters = (places: readonly number[]): number[] =>
      places.map((p, k) => (p >= 0 ? k : -1)).filter((k) => k >= 0);
    for (const i of block.insts) {
      const { origin } = i;
      if (i.op === "entry" && fixed !== undefined) {
        const regs = inRegisters(fixed.params);
        const physical = [fixed.link, ...regs.map((k) => fixed.params[k]!)];
        out.push(inst("entry", physical, [], 0, origin));
        copy([func.returnAddress, ...regs.map((k) => func.params[k]!)], physical, origin);
        area("inarg", fixed.params, func.params, true, origin);
      } else if (i.op === "ret") {
        const [link, ...values] = i.uses as [number, ...number[]];
        const regs = inRegisters(results.results);
        const physical = regs.map((k) => results.results[k]!);
        area("outres", results.results, values, false, origin);
        // the epilogue restores saved registers before the return address is used: it must be elsewhere by then
        const back = func.vreg();
        func.exits.push(back);
        copy([back, ...physical], [link, ...regs.map((k) => values[k]!)], origin);
        out.push(inst("ret", [], [back, ...physical], 0, origin));
      } else if (i.op === "tail" || i.op === "taili") {
        const c = of(i);
        const indirect = i.op === "taili";
        const [link, ...rest] = i.uses as [number, ...number[]];
        const args = indirect ? rest.slice(0, -1) : rest;
        // what has no register goes through global slots (ir/program.ts: `passing`), for this frame's own area may be the callee's
        const regs = inRegisters(c.params);
        if (c.params.some((p) => p < -1)) throw new Error(`$${func.symbol}: a tail call passes words on the stack`);
        const physical = [c.link, ...regs.map((k) => c.params[k]!)];
        const values = [link, ...regs.map((k) => args[k]!)];
        // like the return address of `ret`: the epilogue must leave the callee's address alone
        const target = indirect ? [func.vreg()] : [];
        func.exits.push(...target);
        copy([...target, ...physical], [...(indirect ? [rest[rest.length - 1]!] : []), ...values], origin);
        const tail = inst(i.op, [], [...target, ...physical], 0, origin);
        if (i.symbol !== undefined) tail.symbol = i.symbol;
        tail.clobbers = c.clobbers & ~reserved;
        out.push(tail);
      } else if (i.op === "call" || i.op === "calli") {
        const c = of(i);
        const indirect = i.op === "calli";
        const args = indirect ? i.uses.slice(0, -1) : i.uses;
        const regs = inRegisters(c.params);
        const physical = regs.map((k) => c.params[k]!);
        area("outarg", c.params, args, false, origin, i.symbol);
        copy(
          physical,
          regs.map((k) => args[k]!),
          origin,
        );
        const found = inRegisters(c.results);
        const back = found.map((k) => c.results[k]!);
        const call = inst(i.op, back, indirect ? [...physical, i.uses[i.uses.length - 1]!] : physical, c.link, origin);
        if (i.symbol !== undefined) call.symbol = i.symbol;
        call.clobbers = (c.clobbers | (1 << c.link)) & ~reserved;
        out.push(call);
        copy(
          found.map((k) => i.defs[k]!),
          back,
          origin,
        );
        area("inres", c.results, i.defs, true, origin, i.symbol);
      } else if (i.op === "blake2s" || i.op === "u256") {
        const physical = i.uses.map((_, k) => A0 + k);
        copy(physical, i.uses, origin);
        out.push(inst(i.op, i.op === "u256" ? [A0 + 2] : [], physical, 0, origin));
        if (i.defs.length > 0) copy(i.defs, [A0 + 2], origin);
      } else if (i.op === "finish") {
        const physical = i.uses.map((_, k) => A0 + k);
        copy(physical, i.uses, origin);
        out.push(inst("finish", [], physical, 0, origin));
      } else out.push(i);
    }
    block.insts = out;
  }
}

/** Out of SSA: what edges hand over becomes a parallel copy at the end of the predecessor, which has no other successor. */
export function removeParameters(func: MFunc): void {
  for (const block of func.blocks)
    for (const edge of block.succs) {
      const { to, args } = edge;
      if (args.length === 0) continue;
      const last = block.insts.pop()!;
      if (block.succs.length > 1) {
        // the only way to `to`: the copy goes there
        to.insts.unshift(inst("pcopy", [...to.params], args));
      } else block.insts.push(inst("pcopy", [...to.params], args, 0, last.origin));
      block.insts.push(last);
    }
  for (const block of func.blocks) {
    block.params = [];
    for (const edge of block.succs) edge.args = [];
  }
}
