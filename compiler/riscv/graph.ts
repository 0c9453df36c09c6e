/** Order, dominators and loops of machine blocks. */
import type { MBlock, MFunc } from "./machine.ts";

/** Drops unreachable blocks, orders the rest in reverse postorder and numbers them so. */
export function renumberBlocks(func: MFunc): void {
  const seen = new Set<MBlock>();
  const order: MBlock[] = [];
  const stack: { block: MBlock; next: number }[] = [{ block: func.blocks[0]!, next: 0 }];
  seen.add(func.blocks[0]!);
  while (stack.length > 0) {
    const top = stack[stack.length - 1]!;
    const { succs } = top.block;
    if (top.next < succs.length) {
      const { to } = succs[succs.length - 1 - top.next++]!;
      if (!seen.has(to)) {
        seen.add(to);
        stack.push({ block: to, next: 0 });
      }
    } else {
      order.push(top.block);
      stack.pop();
    }
  }
  func.blocks = order.reverse();
  func.blocks.forEach((b, i) => {
    b.id = i;
  });
  func.nextBlock = func.blocks.length;
}

export function predecessorsOf(func: MFunc): MBlock[][] {
  const preds: MBlock[][] = func.blocks.map(() => []);
  for (const b of func.blocks) for (const { to } of b.succs) preds[to.id]!.push(b);
  return preds;
}

export function immediateDominators(func: MFunc, preds: MBlock[][]): Int32Array {
  const idom = new Int32Array(func.blocks.length).fill(-1);
  idom[0] = 0;
  for (let changed = true; changed; ) {
    changed = false;
    for (let b = 1; b < func.blocks.length; b++) {
      let best = -1;
      for (const pred of preds[b]!) {
        let p = pred.id;
        if (idom[p] === -1) continue;
        if (best === -1) {
          best = p;
          continue;
        }
        while (p !== best) {
          while (p > best) p = idom[p]!;
          while (best > p) best = idom[best]!;
        }
      }
      if (idom[b] !== best) {
        idom[b] = best;
        changed = true;
      }
    }
  }
  idom[0] = -1;
  return idom;
}

/** Natural loops: header → blocks, headers ascending. */
export function naturalLoops(func: MFunc, idom: Int32Array, preds: MBlock[][]): Map<number, Set<number>> {
  const loops = new Map<number, Set<number>>();
  for (let h = 0; h < func.blocks.length; h++) {
    const body = new Set<number>([h]);
    const work: number[] = [];
    for (const p of preds[h]!) {
      if (p.id < h) continue;
      let at = p.id;
      while (at > h) at = idom[at]!;
      if (at === h) work.push(p.id);
    }
    if (work.length === 0) continue;
    while (work.length > 0) {
      const b = work.pop()!;
      if (body.has(b)) continue;
      body.add(b);
      for (const p of preds[b]!) work.push(p.id);
    }
    loops.set(h, body);
  }
  return loops;
}
