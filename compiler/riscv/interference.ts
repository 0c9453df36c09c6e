/** The interference graph: who may not share a register. Physical registers are a mask of forbidden ones for each node. */
import { BitSet } from "./bitset.ts";
import { computeLiveness } from "./liveness.ts";
import type { MFunc, MInst } from "./machine.ts";

export interface Move {
  readonly to: number;
  readonly from: number;
  weight: number;
}

export class Graph {
  readonly size: number;
  readonly adjacent: number[][];
  /** physical registers that a node must not get */
  readonly forbidden: Int32Array;
  readonly moves: Move[] = [];
  /** estimated cost of keeping a node in memory */
  readonly cost: Float64Array;
  private readonly matrix: BitSet | undefined;
  private readonly pairs = new Set<number>();

  constructor(size: number) {
    this.size = size;
    this.adjacent = Array.from({ length: size }, () => []);
    this.forbidden = new Int32Array(size);
    this.cost = new Float64Array(size);
    if (size <= 30_000) this.matrix = new BitSet((size * (size + 1)) / 2);
  }
  private key(a: number, b: number): number {
    return a > b ? (a * (a + 1)) / 2 + b : (b * (b + 1)) / 2 + a;
  }
  interferes(a: number, b: number): boolean {
    if (a < 32 || b < 32) {
      if (a < 32 && b < 32) return true;
      return a < 32 ? (this.forbidden[b]! & (1 << a)) !== 0 : (this.forbidden[a]! & (1 << b)) !== 0;
    }
    const k = this.key(a, b);
    if (this.matrix === undefined) return this.pairs.has(k);
    return (this.matrix.words[Math.floor(k / 32)]! & (1 << (k & 31))) !== 0;
  }
  /** True if the edge is new. */
  connect(a: number, b: number): boolean {
    if (a === b) return false;
    if (a < 32) {
      if (b >= 32) this.forbidden[b]! |= 1 << a;
      return false;
    }
    if (b < 32) {
      this.forbidden[a]! |= 1 << b;
      return false;
    }
    if (this.interferes(a, b)) return false;
    const k = this.key(a, b);
    if (this.matrix === undefined) this.pairs.add(k);
    else this.matrix.words[Math.floor(k / 32)]! |= 1 << (k & 31);
    this.adjacent[a]!.push(b);
    this.adjacent[b]!.push(a);
    return true;
  }
}

const isCopy = (i: MInst): boolean => i.op === "mv" || i.op === "pcopy";

/**
 * Needs numbered blocks without parameters. Physical registers live only between a parallel copy and the instruction it serves, so that
 * what is live at their definition is all that they can disturb.
 */
export function buildGraph(func: MFunc): Graph {
  const graph = new Graph(func.nextVreg);
  const { liveOut } = computeLiveness(func);
  const live = new Set<number>();
  for (const block of func.blocks) {
    live.clear();
    liveOut[block.id]!.forEach((v) => {
      live.add(v);
    });
    let physical = 0;
    const f = block.frequency;
    for (let at = block.insts.length - 1; at >= 0; at--) {
      const i = block.insts[at]!;
      if (i.clobbers !== undefined && i.clobbers !== 0) for (const v of live) graph.forbidden[v]! |= i.clobbers;
      const copy = isCopy(i);
      i.defs.forEach((d, k) => {
        const source = copy ? i.uses[k]! : -1;
        if (d < 32) {
          const bit = 1 << d;
          for (const v of live) if (v !== source) graph.forbidden[v]! |= bit;
        } else {
          for (const v of live) if (v !== source) graph.connect(d, v);
          graph.forbidden[d]! |= source >= 0 && source < 32 ? physical & ~(1 << source) : physical;
          graph.cost[d]! += f;
        }
        for (let m = 0; m < k; m++) graph.connect(d, i.defs[m]!);
        if (copy && source !== 0 && d !== source && (d >= 32 || source >= 32))
          graph.moves.push({ to: d, from: source, weight: f });
      });
      for (const d of i.defs) {
        if (d < 32) physical &= ~(1 << d);
        else live.delete(d);
      }
      for (const u of i.uses) {
        if (u < 32) {
          if (u !== 0) physical |= 1 << u;
        } else {
          live.add(u);
          graph.cost[u]! += f;
        }
      }
    }
  }
  return graph;
}
