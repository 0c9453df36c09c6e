/**
 * Block order: chains of fall-through, the most valuable edges first. An unconditional jump that becomes a fall-through saves itself; a
 * branch needs either of its ways behind it, so that loops end up with their test at the bottom without being rewritten.
 */
import type { MBlock, MFunc } from "./machine.ts";

/** Blocks that only jump on are bypassed; needs code without parameters. */
export function skipEmptyBlocks(func: MFunc): void {
  const target = (b: MBlock, pass?: (b: MBlock) => void): MBlock => {
    let at = b;
    for (let n = 0; n < 100; n++) {
      pass?.(at);
      if (at.insts.length !== 1 || at.insts[0]!.op !== "j" || at.succs[0]!.to === at) break;
      at = at.succs[0]!.to;
    }
    return at;
  };
  for (const b of func.blocks)
    for (const e of b.succs) {
      // what lay on the edge alone knows how often the edge is taken
      e.frequency = b.frequency;
      e.to = target(e.to, ({ frequency }) => {
        e.frequency = Math.min(e.frequency!, frequency);
      });
    }
  for (const t of func.tables) for (let k = 0; k < t.targets.length; k++) t.targets[k] = target(t.targets[k]!);
  for (const b of func.blocks) {
    const last = b.insts[b.insts.length - 1]!;
    if (last.op.startsWith("b") && b.succs.length === 2 && b.succs[0]!.to === b.succs[1]!.to) {
      b.insts[b.insts.length - 1] = { ...last, op: "j", uses: [] };
      b.succs.length = 1;
    }
  }
}

export function layoutBlocks(func: MFunc): MBlock[] {
  const edges: { from: MBlock; to: MBlock; gain: number }[] = [];
  for (const b of func.blocks) {
    if (b.succs.length === 1) edges.push({ from: b, to: b.succs[0]!.to, gain: b.frequency });
    else if (b.succs.length === 2 && b.insts[b.insts.length - 1]!.op !== "jr") {
      const [x, y] = b.succs.map(({ to }) => Math.min(to.frequency, b.frequency)) as [number, number];
      // the more frequent way first: a chain that follows it keeps hot code together
      const gain = Math.min(x, y);
      edges.push({ from: b, to: b.succs[0]!.to, gain: gain + x * 1e-6 });
      edges.push({ from: b, to: b.succs[1]!.to, gain: gain + y * 1e-6 });
    }
  }
  edges.sort((a, b) => b.gain - a.gain);
  const chain = new Map<MBlock, MBlock[]>(func.blocks.map((b) => [b, [b]]));
  const entry = func.blocks[0]!;
  for (const { from, to } of edges) {
    const first = chain.get(from)!;
    const second = chain.get(to)!;
    if (first === second || first[first.length - 1] !== from || second[0] !== to || to === entry) continue;
    first.push(...second);
    for (const b of second) chain.set(b, first);
  }
  const chains = [...new Set(chain.values())];
  const weight = (c: MBlock[]): number => Math.max(...c.map((b) => b.frequency));
  const start = chain.get(entry)!;
  const rest = chains.filter((c) => c !== start).sort((a, b) => weight(b) - weight(a));
  return [start, ...rest].flat();
}
