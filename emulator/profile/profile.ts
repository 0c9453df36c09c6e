/** Runs a program under the profiler, and makes sums by function and by source line of what it has seen. Every number is exact. */
import type { TapeDevice } from "../engine/engine.ts";
import type { Program } from "../image/program.ts";
import { findInstruction } from "../isa/decode.ts";
import { type Delegation, INSTRUCTIONS } from "../isa/table.ts";
import { effectiveCycles, type MachineConfig } from "../machine/config.ts";
import type { Stop } from "../machine/stop.ts";
import { addCost, type CallNode, type Cost, costOf } from "./call-tree.ts";
import { type FunctionMap, functionMap, type ProfiledFunction } from "./functions.ts";
import { ProfilingMachine, type Watch } from "./machine.ts";

/** Labels from here on are not functions: whoever puts them into the tree names them. */
export const FIRST_LABEL = 0x1_0000;

export interface ProfileOptions {
  readonly watch?: Watch;
  /** label of the first section, from `FIRST_LABEL` on */
  readonly section?: number;
  /** name of a label from `FIRST_LABEL` on */
  readonly nameOf?: (label: number) => string;
  readonly maxCycles?: number;
}

export interface Profile {
  readonly stop: Stop;
  readonly total: Cost;
  readonly tapeWordsRead: number;
  readonly functions: readonly ProfiledFunction[];
  /** the tree of calls, a root for each section of the run */
  readonly sections: readonly CallNode[];
  readonly nameOf: (label: number) => string;
  /** executions by word of ROM */
  readonly counts: Float64Array;
  readonly milliseconds: number;
}

export function profileProgram(
  program: Program,
  config: MachineConfig,
  tape: TapeDevice,
  { watch, section = FIRST_LABEL, nameOf = () => "run", maxCycles }: ProfileOptions = {},
): Profile {
  const map: FunctionMap = functionMap(program);
  const machine = new ProfilingMachine(program, map, config, tape, watch, section);
  const started = performance.now();
  const stop = machine.run(maxCycles === undefined ? {} : { maxCycles });
  const milliseconds = performance.now() - started;
  return {
    stop,
    total: { ...machine.totals },
    tapeWordsRead: machine.tapeWordsRead,
    functions: map.functions,
    sections: machine.tree.roots,
    nameOf: (label) => (label < FIRST_LABEL ? map.functions[label].name : nameOf(label)),
    counts: machine.counts(),
    milliseconds,
  };
}

export const effectiveOf = (cost: Cost): number => effectiveCycles(cost.cycles, cost);

export interface FunctionCost {
  readonly name: string;
  readonly entry: number;
  readonly calls: number;
  /** of its own, its labelled parts included */
  readonly self: Cost;
  /** with what it called; recursion is counted once */
  readonly total: Cost;
}

/** What each function cost below these roots, dearest own effective cycles first. */
export function byFunction({ functions }: Profile, roots: readonly CallNode[]): FunctionCost[] {
  const rows = functions.map(({ name, entry }) => ({ name, entry, calls: 0, self: costOf(), total: costOf() }));
  const active = new Uint32Array(functions.length);
  const visit = (node: CallNode, inFunction: number): Cost => {
    const isFunction = node.parent !== undefined && node.label < FIRST_LABEL;
    const owner = isFunction ? node.label : inFunction;
    const total = costOf();
    addCost(total, node);
    if (owner >= 0) addCost(rows[owner].self, node);
    if (isFunction) {
      rows[owner].calls += node.calls;
      active[owner]++;
    }
    for (const child of node.children.values()) addCost(total, visit(child, owner));
    if (isFunction && --active[owner] === 0) addCost(rows[owner].total, total);
    return total;
  };
  for (const root of roots) visit(root, -1);
  return rows
    .filter(({ calls, self }) => calls > 0 || self.cycles > 0)
    .sort((a, b) => effectiveOf(b.self) - effectiveOf(a.self));
}

/** A node with all that is below it. */
export function totalOf(node: CallNode): Cost {
  const total = costOf();
  addCost(total, node);
  for (const child of node.children.values()) addCost(total, totalOf(child));
  return total;
}

export interface LineCost extends Cost {
  /** undefined for instructions that have no line */
  readonly file: string | undefined;
  readonly line: number;
}

/** What each source line cost, of its own, dearest first. */
export function byLine(program: Program, { counts }: Profile): LineCost[] {
  const words = new DataView(program.image.buffer, program.image.byteOffset, program.image.byteLength);
  const lines = new Map<string, LineCost>();
  for (let i = 0; i < program.image.length / 4; i++) {
    const count = counts[i];
    if (count === 0) continue;
    const place = program.lines.find(4 * i);
    const key = place ? `${place.file}:${place.line}` : "";
    let line = lines.get(key);
    if (!line) lines.set(key, (line = { file: place?.file, line: place?.line ?? 0, ...costOf() }));
    line.cycles += count;
    const delegation = delegationOf(words.getUint32(4 * i, true));
    if (delegation) line[delegation] += count;
  }
  return [...lines.values()].sort((a, b) => effectiveOf(b) - effectiveOf(a));
}

function delegationOf(word: number): Delegation | undefined {
  const effect = INSTRUCTIONS[findInstruction(word)]?.effect;
  return effect?.kind === "delegate" ? effect.delegation : undefined;
}
