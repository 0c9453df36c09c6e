/**
 * Iterated register coalescing (George and Appel, 1996), with two changes: physical registers are masks, not nodes, and moves are tried
 * in order of their estimated frequency. Colours are then chosen so that moves that could not be coalesced still vanish, and so that
 * registers that would have to be saved are taken last.
 */
import type { Graph, Move } from "./interference.ts";
import { ALLOCATABLE_MASK, popcount } from "./registers.ts";

export interface ColorOptions {
  /** registers that may be given to nodes */
  readonly allocatable: number;
  /** registers whose first use costs a save and a restore, and what that costs */
  readonly expensive: number;
  readonly expense: number;
  /** nodes that must not be spilled: they are what spilling made */
  readonly unspillable: ReadonlySet<number>;
}

export interface Coloring {
  /** register by node, -1 for spilled */
  readonly color: Int32Array;
  readonly spilled: number[];
}

export function colorGraph(graph: Graph, options: ColorOptions): Coloring {
  return new Allocator(graph, options).run();
}

class Allocator {
  readonly graph: Graph;
  readonly options: ColorOptions;
  readonly k: number;
  readonly alias: Int32Array;
  readonly degree: Int32Array;
  /** removed from the graph: on the stack or coalesced */
  readonly removed: Uint8Array;
  readonly stack: number[] = [];
  readonly movesOf: number[][];
  /** 0 waiting, 1 active, 2 done */
  readonly moveState: Uint8Array;
  readonly moves: Move[];
  readonly simplifyList = new Set<number>();
  readonly freezeList = new Set<number>();
  readonly spillList = new Set<number>();
  /** waiting moves as indices into `moves`, which is sorted */
  readonly ready: Set<number>;

  constructor(graph: Graph, options: ColorOptions) {
    this.graph = graph;
    this.options = options;
    this.k = popcount(options.allocatable);
    const n = graph.size;
    this.alias = new Int32Array(n).map((_, i) => i);
    this.degree = new Int32Array(n);
    this.removed = new Uint8Array(n);
    this.moves = graph.moves.slice().sort((a, b) => b.weight - a.weight);
    this.moveState = new Uint8Array(this.moves.length);
    this.movesOf = Array.from({ length: n }, () => []);
    this.ready = new Set();
    this.moves.forEach((m, i) => {
      if (m.to >= 32) this.movesOf[m.to]!.push(i);
      if (m.from >= 32) this.movesOf[m.from]!.push(i);
      this.ready.add(i);
    });
    for (let v = 32; v < n; v++) this.degree[v] = graph.adjacent[v]!.length + this.forbiddenCount(v);
  }

  forbiddenCount(v: number): number {
    return popcount(this.graph.forbidden[v]! & this.options.allocatable);
  }
  find(v: number): number {
    let a = v;
    while (this.alias[a] !== a) a = this.alias[a]!;
    return a;
  }
  moveRelated(v: number): boolean {
    return this.movesOf[v]!.some((m) => this.moveState[m]! < 2);
  }
  neighbours(v: number): number[] {
    return this.graph.adjacent[v]!.filter((t) => this.removed[t] === 0);
  }

  classify(v: number): void {
    if (this.degree[v]! >= this.k) this.spillList.add(v);
    else if (this.moveRelated(v)) this.freezeList.add(v);
    else this.simplifyList.add(v);
  }

  decrement(t: number): void {
    const d = this.degree[t]!--;
    if (d !== this.k) return;
    // what was blocked by t's degree may go now
    this.enable(t);
    for (const n of this.neighbours(t)) this.enable(n);
    this.spillList.delete(t);
    if (this.moveRelated(t)) this.freezeList.add(t);
    else this.simplifyList.add(t);
  }
  enable(v: number): void {
    for (const m of this.movesOf[v]!)
      if (this.moveState[m] === 1) {
        this.moveState[m] = 0;
        this.ready.add(m);
      }
  }

  take(v: number): void {
    this.simplifyList.delete(v);
    this.stack.push(v);
    this.removed[v] = 1;
    for (const t of this.graph.adjacent[v]!) if (this.removed[t] === 0) this.decrement(t);
  }

  /** The most frequent waiting move. */
  nextMove(): number {
    let best = Number.MAX_SAFE_INTEGER;
    let looked = 0;
    for (const m of this.ready) {
      if (m < best) best = m;
      // moves are entered in order: the first few hold the best unless moves were re-enabled
      if (++looked >= 64) break;
    }
    this.ready.delete(best);
    return best;
  }

  coalesce(): void {
    const index = this.nextMove();
    const move = this.moves[index]!;
    let u = this.find(move.to);
    let v = this.find(move.from);
    if (v < 32) [u, v] = [v, u];
    // u may be physical, v is a node
    if (u === v) this.moveState[index] = 2;
    else if (v < 32 || this.graph.interferes(u, v) || (u < 32 && (ALLOCATABLE_MASK & (1 << u)) === 0)) {
      this.moveState[index] = 2;
      if (v >= 32) this.addWork(v);
    } else if (u < 32 ? this.george(u, v) : this.briggs(u, v)) {
      this.moveState[index] = 2;
      this.combine(u, v);
    } else {
      this.moveState[index] = 1;
      return;
    }
    if (u >= 32) this.addWork(u);
  }
  addWork(u: number): void {
    if (this.removed[u] === 0 && this.degree[u]! < this.k && !this.moveRelated(u)) {
      this.freezeList.delete(u);
      this.simplifyList.add(u);
    }
  }
  george(register: number, v: number): boolean {
    const bit = 1 << register;
    for (const t of this.graph.adjacent[v]!)
      if (this.removed[t] === 0 && this.degree[t]! >= this.k && (this.graph.forbidden[t]! & bit) === 0) return false;
    return true;
  }
  /** Briggs' test; and George's for two nodes: each neighbour of one is insignificant or the other's neighbour already. */
  briggs(u: number, v: number): boolean {
    const seen = new Set<number>();
    let significant = popcount((this.graph.forbidden[u]! | this.graph.forbidden[v]!) & this.options.allocatable);
    for (const t of this.graph.adjacent[u]!)
      if (this.removed[t] === 0) {
        seen.add(t);
        // a common neighbour loses one
        const d = this.degree[t]! - (this.graph.interferes(t, v) ? 1 : 0);
        if (d >= this.k) significant++;
      }
    for (const t of this.graph.adjacent[v]!)
      if (this.removed[t] === 0 && !seen.has(t) && this.degree[t]! >= this.k) significant++;
    return significant < this.k || this.covers(u, v) || this.covers(v, u);
  }
  covers(u: number, v: number): boolean {
    if ((this.graph.forbidden[v]! & ~this.graph.forbidden[u]! & this.options.allocatable) !== 0) return false;
    for (const t of this.graph.adjacent[v]!)
      if (this.removed[t] === 0 && this.degree[t]! >= this.k && !this.graph.interferes(t, u)) return false;
    return true;
  }

  combine(u: number, v: number): void {
    this.freezeList.delete(v);
    this.spillList.delete(v);
    this.removed[v] = 1;
    this.alias[v] = u;
    if (u >= 32) {
      this.movesOf[u]!.push(...this.movesOf[v]!);
      this.graph.cost[u]! += this.graph.cost[v]!;
      const before = this.forbiddenCount(u);
      this.graph.forbidden[u]! |= this.graph.forbidden[v]!;
      this.degree[u]! += this.forbiddenCount(u) - before;
    }
    this.enable(v);
    for (const t of this.graph.adjacent[v]!) {
      if (this.removed[t] === 1) {
        // for colouring: what is on the stack must still see the union
        this.graph.connect(u, t);
        continue;
      }
      if (u < 32) {
        if ((this.graph.forbidden[t]! & (1 << u)) === 0) {
          this.graph.forbidden[t]! |= 1 << u;
          if ((this.options.allocatable & (1 << u)) !== 0) continue; // v's place is taken by the register: degree stays
        }
        this.decrement(t);
      } else if (this.graph.connect(u, t)) this.degree[u]!++;
      else this.decrement(t);
    }
    if (u >= 32 && this.degree[u]! >= this.k && this.freezeList.has(u)) {
      this.freezeList.delete(u);
      this.spillList.add(u);
    }
  }

  freeze(): void {
    // the node whose moves matter least
    let best = -1;
    let least = Number.POSITIVE_INFINITY;
    let looked = 0;
    for (const v of this.freezeList) {
      let w = 0;
      for (const m of this.movesOf[v]!) if (this.moveState[m]! < 2) w += this.moves[m]!.weight;
      if (w < least) [least, best] = [w, v];
      if (++looked >= 200) break;
    }
    this.freezeList.delete(best);
    this.simplifyList.add(best);
    this.freezeMoves(best);
  }
  freezeMoves(v: number): void {
    for (const m of this.movesOf[v]!) {
      if (this.moveState[m] === 2) continue;
      this.moveState[m] = 2;
      this.ready.delete(m);
      const a = this.find(this.moves[m]!.to);
      const b = this.find(this.moves[m]!.from);
      const other = a === this.find(v) ? b : a;
      if (
        other >= 32 &&
        other !== v &&
        this.removed[other] === 0 &&
        this.freezeList.has(other) &&
        !this.moveRelated(other)
      ) {
        this.freezeList.delete(other);
        this.simplifyList.add(other);
      }
    }
  }

  selectSpill(): void {
    let best = -1;
    let least = Number.POSITIVE_INFINITY;
    for (const v of this.spillList) {
      const cost = this.options.unspillable.has(v) ? 1e30 : this.graph.cost[v]! / (this.degree[v]! + 1);
      if (cost < least) [least, best] = [cost, v];
    }
    if (best === -1) best = first(this.spillList);
    this.spillList.delete(best);
    this.simplifyList.add(best);
    this.freezeMoves(best);
  }

  assign(): Coloring {
    const { graph, options } = this;
    const color = new Int32Array(graph.size).fill(-1);
    for (let r = 0; r < 32; r++) color[r] = r;
    const spilled: number[] = [];
    let paid = 0;
    const partners: number[][] = Array.from({ length: graph.size }, () => []);
    for (const m of this.moves) {
      const a = this.find(m.to);
      const b = this.find(m.from);
      if (a === b) continue;
      partners[a]!.push(b);
      partners[b]!.push(a);
    }
    while (this.stack.length > 0) {
      const v = this.stack.pop()!;
      let free = options.allocatable & ~graph.forbidden[v]!;
      for (const t of graph.adjacent[v]!) {
        const c = color[this.find(t)]!;
        if (c >= 0) free &= ~(1 << c);
      }
      const cheap = free & ~(options.expensive & ~paid);
      if (free === 0 || (cheap === 0 && graph.cost[v]! < options.expense && !options.unspillable.has(v))) {
        spilled.push(v);
        continue;
      }
      const pool = cheap !== 0 ? cheap : free;
      let choice = -1;
      for (const p of partners[v]!) {
        const c = color[this.find(p)]!;
        if (c >= 0 && (pool & (1 << c)) !== 0) {
          choice = c;
          break;
        }
      }
      if (choice < 0) {
        // leave free what partners cannot have anyway least; the lowest by preference order
        let wanted = pool;
        for (const p of partners[v]!) {
          const ok = wanted & ~graph.forbidden[this.find(p)]!;
          if (this.find(p) >= 32 && ok !== 0) wanted = ok;
        }
        choice = preferred(wanted);
      }
      color[v] = choice;
      paid |= 1 << choice;
    }
    for (let v = 32; v < graph.size; v++) {
      const root = this.find(v);
      if (root !== v) color[v] = color[root]!;
    }
    const all: number[] = [];
    const bad = new Set(spilled);
    for (let v = 32; v < graph.size; v++) if (bad.has(this.find(v))) all.push(v);
    return { color, spilled: all };
  }

  run(): Coloring {
    for (let v = 32; v < this.graph.size; v++) this.classify(v);
    // one iterator goes on: starting anew would pass all that was deleted each time
    let waiting = this.simplifyList.values();
    const simplest = (): number => {
      for (;;) {
        const { value } = waiting.next();
        if (value !== undefined) return value;
        waiting = this.simplifyList.values();
      }
    };
    for (;;) {
      if (this.simplifyList.size > 0) this.take(simplest());
      else if (this.ready.size > 0) this.coalesce();
      else if (this.freezeList.size > 0) this.freeze();
      else if (this.spillList.size > 0) this.selectSpill();
      else break;
    }
    return this.assign();
  }
}

function first(set: Set<number>): number {
  for (const v of set) return v;
  return -1;
}

/** Temporaries that are no arguments first, so that arguments stay where they are; then arguments from the last, then the rest. */
const ORDER = [
  5, 6, 7, 28, 29, 30, 31, 17, 16, 15, 14, 13, 12, 11, 10, 1, 3, 4, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27,
];

function preferred(mask: number): number {
  for (const r of ORDER) if ((mask & (1 << r)) !== 0) return r;
  return -1;
}
