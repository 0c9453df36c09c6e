/** Which virtual registers are live at the ends of blocks. Physical registers are never live across blocks, except those fixed for globals. */
import { BitSet } from "./bitset.ts";
import type { MFunc } from "./machine.ts";

export interface Liveness {
  readonly liveIn: BitSet[];
  readonly liveOut: BitSet[];
}

/** By block id; blocks must be numbered by their index. Parameters count as defined at the block's start. */
export function computeLiveness(func: MFunc): Liveness {
  const n = func.nextVreg;
  const liveIn = func.blocks.map(() => new BitSet(n));
  const liveOut = func.blocks.map(() => new BitSet(n));
  const defined = func.blocks.map(() => new BitSet(n));
  func.blocks.forEach((b, k) => {
    const uses = liveIn[k]!;
    const defs = defined[k]!;
    for (const p of b.params) defs.add(p);
    for (const i of b.insts) {
      for (const u of i.uses) if (u >= 32 && !defs.has(u)) uses.add(u);
      for (const d of i.defs) if (d >= 32) defs.add(d);
    }
    for (const e of b.succs) for (const a of e.args) if (a >= 32 && !defs.has(a)) uses.add(a);
    for (const e of b.succs) for (const a of e.args) if (a >= 32) liveOut[k]!.add(a);
  });
  const order = func.blocks.map((_, k) => k).reverse();
  for (let changed = true; changed; ) {
    changed = false;
    for (const k of order) {
      const out = liveOut[k]!;
      let grew = false;
      for (const { to } of func.blocks[k]!.succs) grew = out.union(liveIn[to.id]!) || grew;
      if (!grew) continue;
      const input = liveIn[k]!.words;
      const defs = defined[k]!.words;
      for (let w = 0; w < input.length; w++) {
        const next = input[w]! | (out.words[w]! & ~defs[w]!);
        if (next !== input[w]) {
          input[w] = next;
          changed = true;
        }
      }
    }
  }
  return { liveIn, liveOut };
}
