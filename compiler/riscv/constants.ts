/**
 * Where constants that need a register are made: at the cheapest point that dominates the uses, out of loops, or in each block that
 * uses them if that costs less. Allocation takes back, by making it again at its uses, what has no register.
 */
import { immediateDominators, predecessorsOf } from "./graph.ts";
import { inst, type MBlock, type MFunc, type MInst } from "./machine.ts";

/** Constants that one block makes for others. Beyond this none finds a register, and the interference graph would grow with the square of their number. */
const SHARED = 64;

interface Uses {
  /** block id → index of the first instruction that uses it (number of instructions when only edges do) */
  first: Map<number, number>;
}

export function placeConstants(func: MFunc, constants: ReadonlyMap<number, number>): void {
  if (constants.size === 0) return;
  const values = new Map([...constants].map(([imm, v]) => [v, imm]));
  const uses = new Map<number, Uses>();
  const see = (v: number, block: MBlock, at: number): void => {
    if (!values.has(v)) return;
    let u = uses.get(v);
    if (u === undefined) uses.set(v, (u = { first: new Map() }));
    if (!u.first.has(block.id)) u.first.set(block.id, at);
  };
  for (const b of func.blocks) {
    b.insts.forEach((i, at) => {
      for (const v of i.uses) see(v, b, at);
    });
    for (const e of b.succs) for (const v of e.args) see(v, b, b.insts.length - 1);
  }
  const idom = immediateDominators(func, predecessorsOf(func));
  const cheapest = (b: number): number => {
    let best = b;
    for (let at = b; at !== -1; at = idom[at]!)
      if (func.blocks[at]!.frequency < func.blocks[best]!.frequency * 0.99) best = at;
    return best;
  };
  const common = (a: number, b: number): number => {
    while (a !== b) {
      while (a > b) a = idom[a]!;
      while (b > a) b = idom[b]!;
    }
    return a;
  };
  const frequency = (b: number): number => func.blocks[b]!.frequency;
  // insertions by block: [position, instruction]
  const insert = new Map<number, { at: number; v: number; imm: number }[]>();
  const place = (b: number, v: number, imm: number, at: number): void => {
    const list = insert.get(b) ?? [];
    list.push({ at, v, imm });
    insert.set(b, list);
  };
  const shared = new Map<number, number>();
  for (const [v, { first }] of uses) {
    const imm = values.get(v)!;
    const blocks = [...first.keys()];
    const groups = new Map<number, number[]>();
    for (const b of blocks) {
      const home = cheapest(b);
      groups.set(home, [...(groups.get(home) ?? []), b]);
    }
    const all = cheapest(blocks.reduce(common));
    const apart = [...groups.keys()].reduce((sum, b) => sum + frequency(b), 0);
    if (frequency(all) <= apart) {
      groups.clear();
      groups.set(all, blocks);
    }
    for (const [home, members] of [...groups]) {
      if (members.length === 1 && members[0] === home) continue;
      const count = (shared.get(home) ?? 0) + 1;
      shared.set(home, count);
      if (count <= SHARED) continue;
      groups.delete(home);
      for (const b of members) groups.set(b, [...(groups.get(b) ?? []), b]);
    }
    let name = -1;
    for (const [home, members] of groups) {
      if (name === -1) name = v;
      else {
        name = func.vreg();
        for (const b of members) rename(func.blocks[b]!, v, name);
      }
      const own = first.get(home);
      place(home, name, imm, members.includes(home) && own !== undefined ? own : func.blocks[home]!.insts.length - 1);
    }
  }
  for (const [b, list] of insert) {
    const block = func.blocks[b]!;
    list.reverse().sort((x, y) => x.at - y.at);
    const insts: MInst[] = [];
    let from = 0;
    for (const { at, v, imm } of list) {
      // the entry's first instruction defines the parameters
      const to = Math.max(at, b === 0 ? 1 : 0);
      for (; from < to; from++) insts.push(block.insts[from]!);
      insts.push(inst("li", [v], [], imm));
    }
    block.insts = [...insts, ...block.insts.slice(from)];
  }
}

function rename(block: MBlock, from: number, to: number): void {
  const fix = (list: number[]): void => {
    for (let k = 0; k < list.length; k++) if (list[k] === from) list[k] = to;
  };
  for (const i of block.insts) fix(i.uses);
  for (const e of block.succs) fix(e.args);
}
