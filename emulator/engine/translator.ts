/**
 * The translator: the fast engine. Code that is arrived at often is translated to WebAssembly, a batch of regions at a time; the rest is interpreted, and
 * whatever is not plain left to `BaseMachine.step`. Parts in `translate/`.
 */
import type { MachineConfig } from "../machine/config.ts";
import { ENGINE, MEMORY_PAGES, ROM_SIZE } from "../machine/layout.ts";
import type { Engine, TapeDevice } from "./engine.ts";
import { InterpreterMachine } from "./interpreter.ts";
import { CodeImage } from "./translate/code-image.ts";
import { driverModule, regionModule, watchingInterpreter } from "./translate/module.ts";
import { type Extent, findRegion, type Region } from "./translate/region.ts";
import { REQUEST } from "./translate/region-code.ts";

let driver: WebAssembly.Module | undefined;
let interpreter: WebAssembly.Module | undefined;

/**
 * About how many instructions a region may have, by what it is for, and a batch of regions. Most of a large function is never executed, so what is
 * reached by a cut edge is translated in small pieces. Block 22244135, CPU of the main thread: functions of 4000, rests of 100: 0.51 s; of 60 000 and 300:
 * 0.72 s; of 1000 and 300: 0.92 s.
 */
const MOST_IN_FUNCTION = 4000;
const MOST_IN_LOOP = 60_000;
const MOST_IN_REST = 100;
const MOST_IN_BATCH = 4000;
/** Cycles for which nothing new is translated. */
const FEW = 1000;
/** Room for maps of jump tables, behind the map from pc to table index. */
const CASE_MAPS = ENGINE.tables + ROM_SIZE + (3 * ROM_SIZE) / 4;
/** A byte for each word of ROM: whether a block that begins there was executed, in regions that tell. */
const MARKS = ENGINE.tables + ROM_SIZE;
const END_OF_MEMORY = MEMORY_PAGES * 65536;

/** A halfword for each word of ROM: how often execution arrived there while it was interpreted, by a jump or by a branch that was not taken. */
const JUMPS = MARKS + ROM_SIZE / 4;
/**
 * Jumps to a place that make it worth translating, and cycles that are interpreted at a time. Block 22244135, CPU of the main thread: translated at once
 * 0.81 s, after 200 jumps 0.73 s, after 1000 0.53 s; interpreted 0.67 s. Since the driver
 * interprets too, after 500: 0.49 s, 1000: 0.43 s, 2000: 0.42 s, 4000: 0.44 s.
 */
const OFTEN = 2000;
/**
 * Arrivals without which a place is left out of a region, when it is reached by a branch, a return, or a call: most of a function is never executed, most that is executed often is
 * executed often soon. Block 22244135, CPU of the main thread: all of small regions and what was jumped to once of large ones 437 ms; 1: 386, 10: 383, 20: 388, 50: 404, 200: 427.
 * A place that is left out and then arrived at often has those regions translated again that left it out: without, a loop went to and fro between them (`huffman` took 1.3 times as long).
 */
const REACHED = 10;
/** Instructions of a region that others may hold once more, rather than leave for it: `hashmap` took 1.1 times as long without. */
const SMALL = 64;
/** Instructions of a region that is translated again when a place that it has left out is arrived at often after all. */
const MOST_AGAIN = 1000;
const INTERPRETED = 2 ** 18;
const WATCHED = { regions: ENGINE.tables, jumps: JUMPS, often: OFTEN, stopped: ENGINE.left };

/** What translation has done, for benchmarks and reports. */
export interface TranslationStatistics {
  modules: number;
  regions: number;
  instructions: number;
  /** of WebAssembly */
  bytes: number;
  milliseconds: number;
}

export class TranslatorMachine extends InterpreterMachine {
  protected override readonly slice = 2 ** 28;
  readonly #few: number;
  readonly #drive: (pc: number, left: number, few: number) => number;
  readonly #table: WebAssembly.Table;
  /** Table index by word of ROM, 0 for none. */
  readonly #indexOf: Uint32Array;
  readonly #marks: Uint8Array;
  readonly #jumps: Uint16Array;
  readonly #halfwords: Uint16Array;
  /** Loops of translated regions: address of the header → where its blocks begin. */
  readonly #loops = new Map<number, ReadonlySet<number>>();
  /** Instructions of regions, by table index. */
  readonly #sizes: number[] = [0];
  /** Places that regions have left out, and where those begin. */
  readonly #leftOutBy = new Map<number, number[]>();
  readonly #imports: WebAssembly.Imports;
  #code: CodeImage | undefined;
  #breakpointsThen: readonly number[] = [];
  #nextIndex = 1;
  #nextCaseMap = CASE_MAPS;
  readonly statistics: TranslationStatistics = { modules: 0, regions: 0, instructions: 0, bytes: 0, milliseconds: 0 };

  /** @param eager translates whatever is jumped to, for tests */
  constructor(image: Uint8Array, config: MachineConfig, tape: TapeDevice, eager = false) {
    super(image, config, tape, {
      module: (interpreter ??= new WebAssembly.Module(watchingInterpreter(WATCHED))),
      imports: {},
    });
    const { buffer } = this.store.memory;
    this.#indexOf = new Uint32Array(buffer, ENGINE.tables, ROM_SIZE / 4);
    this.#marks = new Uint8Array(buffer, MARKS, ROM_SIZE / 4);
    this.#jumps = new Uint16Array(buffer, JUMPS, ROM_SIZE / 4);
    this.#few = eager ? 0 : FEW;
    if (eager) this.#jumps.fill(OFTEN);
    this.#halfwords = new Uint16Array(buffer);
    this.#table = new WebAssembly.Table({ element: "anyfunc", initial: 1 });
    driver ??= new WebAssembly.Module(driverModule(WATCHED, INTERPRETED));
    const common = { memory: this.store.memory, table: this.#table };
    const translate = (request: number) => this.#translate(request);
    const { exports } = new WebAssembly.Instance(driver, { env: { ...common, translate, interpret: this.interpret } });
    this.#drive = exports.run as (pc: number, left: number, few: number) => number;
    const request = exports.request as (request: number) => number;
    this.#imports = { env: { ...common, translate: request, ...this.tapeImports, ...this.delegate } };
  }

  /** Interprets until code is translated or worth it, executes that, and so on. */
  protected override advance(count: number): number {
    const { pc } = this;
    if (pc >= ROM_SIZE || pc % 4 !== 0) return 0;
    const left = this.#drive(pc, count, this.#few);
    const end = this.store.words[ENGINE.pc / 4];
    // flags of regions are in the low bits of a pc in the ROM; a jump out of it keeps all of its pc
    this.pc = end < ROM_SIZE ? end & ~3 : end;
    return count - left;
  }

  protected override prepare(): void {
    super.prepare();
    const { breakpoints } = this;
    const then = this.#breakpointsThen;
    if (breakpoints.size === then.length && then.every((address) => breakpoints.has(address))) return;
    this.#breakpointsThen = [...breakpoints];
    this.#forget();
  }

  protected override codeChanged(address: number): void {
    super.codeChanged(address);
    this.#forget();
  }

  /** Drops all translated code. Tables are not reused: instances of dropped modules are kept by nothing but their entries. */
  #forget(): void {
    this.#code = undefined;
    this.#indexOf.fill(0);
    this.#loops.clear();
    this.#leftOutBy.clear();
    for (let i = 1; i < this.#nextIndex; i++) this.#table.set(i, null);
    this.#nextIndex = 1;
    this.#nextCaseMap = CASE_MAPS;
  }

  /** @returns the table index of the region at `pc`, newly translated with what it calls; 0 when not even one instruction can be executed there */
  #translate(request: number): number {
    const pc = request & ~3;
    const started = performance.now();
    this.#code ??= new CodeImage(
      this.store.words.subarray(0, ROM_SIZE / 4),
      this.imageBytes,
      this.decoder,
      this.breakpoints,
    );
    if (!this.#code.at(pc)) return 0;
    const owners = this.#leftOutBy.get(pc);
    if (owners && (request & 3) !== REQUEST.loop) {
      // they are translated again, with it. Until it becomes a region of its own, arrivals are counted for a while: most go to the new code now
      this.#leftOutBy.delete(pc);
      this.#jumps[pc >>> 2] = OFTEN / 2;
      this.#add(this.#batch(this.#code, owners, this.#whole(this.#code)), started);
      return 0;
    }
    return this.#add(this.#batch(this.#code, [pc], this.#extentOf(this.#code, request)), started);
  }

  /** Makes a module of regions, the first of which was asked for. @returns its table index */
  #add(regions: readonly Region[], started: number): number {
    const first = this.#nextIndex;
    this.#nextIndex += regions.length;
    if (this.#nextIndex > this.#table.length) this.#table.grow(Math.max(this.#nextIndex, 1024));
    const bytes = regionModule(regions, first, {
      tableIndexOf: (target) => this.#indexOf[target >>> 2] || undefined,
      marks: MARKS,
      caseMap: (from, to, cases) => this.#caseMap(from, to, cases),
    });
    new WebAssembly.Instance(new WebAssembly.Module(bytes), this.#imports);
    regions.forEach((region, i) => {
      // who calls by the old index gets the new code
      const old = this.#indexOf[region.pc >>> 2];
      if (old !== 0) this.#table.set(old, this.#table.get(first + i));
      this.#indexOf[region.pc >>> 2] = first + i;
      this.#sizes[first + i] = region.instructions;
      this.statistics.instructions += region.instructions;
    });
    this.statistics.modules++;
    this.statistics.regions += regions.length;
    this.statistics.bytes += bytes.length;
    this.statistics.milliseconds += performance.now() - started;
    return first;
  }

  /** The regions that are asked for, and those that they call directly or through others, nearest first. */
  #batch(code: CodeImage, pcs: readonly number[], extent: Extent): Region[] {
    const regions = pcs.map((pc) => findRegion(code, pc, extent));
    const queued = new Set(pcs);
    let instructions = regions.reduce((sum, region) => sum + region.instructions, 0);
    for (let i = 0; i < regions.length; i++)
      for (const callee of regions[i].callees) {
        if (instructions >= MOST_IN_BATCH) break;
        if (queued.has(callee) || this.#indexOf[callee >>> 2] !== 0 || !code.at(callee)) continue;
        if (this.#jumps[callee >>> 2] < REACHED) continue;
        queued.add(callee);
        const region = findRegion(code, callee, this.#extentOf(code, callee));
        regions.push(region);
        instructions += region.instructions;
      }
    for (const { loops } of regions)
      for (const [header, loop] of loops) if (!this.#loops.has(header)) this.#loops.set(header, loop);
    for (const region of regions) if (region.instructions <= MOST_AGAIN) this.#noteLeftOut(region);
    return regions;
  }

  #noteLeftOut({ pc, blocks }: Region): void {
    for (const { edges } of blocks)
      for (const { pc: to, block } of edges)
        if (!block && to !== pc && this.#jumps[to >>> 2] < REACHED) {
          const owners = this.#leftOutBy.get(to);
          if (!owners) this.#leftOutBy.set(to, [pc]);
          else if (!owners.includes(pc)) owners.push(pc);
        }
  }

  /** For a region that is translated again: all that was reached. */
  #whole(code: CodeImage): Extent {
    return {
      most: MOST_AGAIN,
      includes: (at) => !code.callTargets.has(at),
      wasReached: (at) => this.#jumps[at >>> 2] >= REACHED,
    };
  }

  #extentOf(code: CodeImage, request: number): Extent {
    const pc = request & ~3;
    const isFunction = (other: number) => code.callTargets.has(other);
    const wasReached = (at: number) => this.#jumps[at >>> 2] >= REACHED;
    const kind = isFunction(pc) ? REQUEST.function : request & 3;
    const loop = kind === REQUEST.loop ? this.#loops.get(pc) : undefined;
    if (loop) {
      const known = [...loop].some((at) => this.#marks[at >>> 2] !== 0);
      const includes = (at: number) => loop.has(at) && (!known || this.#marks[at >>> 2] !== 0);
      return { most: MOST_IN_LOOP, includes, wasReached: () => true };
    }
    if (kind === REQUEST.function) return { most: MOST_IN_FUNCTION, includes: (at) => !isFunction(at), wasReached };
    const isSmall = (at: number) => this.#sizes[this.#indexOf[at >>> 2]] <= SMALL;
    return { most: MOST_IN_REST, includes: (at) => !isFunction(at) && isSmall(at), wasReached };
  }

  #caseMap(first: number, last: number, cases: ReadonlyMap<number, number>): number | undefined {
    const at = this.#nextCaseMap;
    const bytes = (last - first) / 2 + 2;
    if (at + bytes > END_OF_MEMORY) return undefined;
    this.#nextCaseMap += (bytes + 3) & ~3;
    this.#halfwords.fill(0, at / 2, (at + bytes) / 2);
    for (const [pc, number] of cases) this.#halfwords[at / 2 + (pc - first) / 4] = number;
    return at;
  }
}

/** Interprets nothing that it can translate: for tests of the translation. */
export const eagerTranslator: Engine = {
  name: "translator",
  load: (image, config, tape) => new TranslatorMachine(image, config, tape, true),
};

export const translator: Engine = {
  name: "translator",
  load: (image, config, tape) => new TranslatorMachine(image, config, tape),
};
