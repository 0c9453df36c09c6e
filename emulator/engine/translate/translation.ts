/**
 * What was translated of an image: which regions, how much at once, and their modules. Machines of one image share it, each with a memory and a table of its own, so
 * that the second one translates only what the first has not.
 */
import { ENGINE, MEMORY_PAGES, ROM_SIZE } from "../../machine/layout.ts";
import type { CodeImage } from "./code-image.ts";
import { regionModule } from "./module.ts";
import { EVERYWHERE, type Extent, findRegion, type Region } from "./region.ts";
import { CAREFUL, REQUEST } from "./region-code.ts";
import { SeenLoops } from "./seen-loops.ts";

/** Where the translator's tables are in a machine's memory. */
export const TABLES = {
  /** a word for each word of ROM: table index of the region there, 0 for none */
  regions: ENGINE.tables,
  /** a byte for each word of ROM: whether a block that begins there was executed, in regions that tell */
  marks: ENGINE.tables + ROM_SIZE,
  /** a halfword for each word of ROM: how often execution arrived there while it was interpreted, by a jump or by a branch that was not taken */
  jumps: ENGINE.tables + ROM_SIZE + ROM_SIZE / 4,
  /** maps of jump tables, to the end of the memory */
  caseMaps: ENGINE.tables + ROM_SIZE + (3 * ROM_SIZE) / 4,
} as const;
const END_OF_MEMORY = MEMORY_PAGES * 65536;

/**
 * About how many instructions a region may have, by what it is for, and a batch of regions. Most of a large function is never executed, so what is
 * reached by a cut edge is translated in small pieces. Block 22244135, CPU of the main thread: functions of 4000, rests of 100: 0.51 s; of 60 000 and 300:
 * 0.72 s; of 1000 and 300: 0.92 s.
 * Later, with less translated in all: functions of 1000, rests of 300, batches of 1000: the same within 2 %.
 */
const MOST_IN_FUNCTION = 4000;
const MOST_IN_LOOP = 60_000;
const MOST_IN_REST = 100;
const MOST_IN_BATCH = 4000;
/** Arrivals at a place that make it worth translating: see `translator.ts`. */
export const OFTEN = 2000;
/**
 * Arrivals without which a place is left out of a region, when it is reached by a branch, a return, or a call: most of a function is never executed, most that is executed often is
 * executed often soon. Block 22244135, CPU of the main thread: all of small regions and what was jumped to once of large ones 437 ms; 1: 386, 10: 383, 20: 388, 50: 404, 200: 427;
 * with less to do for each instruction, 10: 370, 30: 346, 60: 354, 120: 371.
 * A place that is left out and then arrived at often has those regions translated again that left it out: without, a loop went to and fro between them (`huffman` took 1.3 times as long).
 */
const REACHED = 30;
/**
 * Instructions of a region that others may hold once more, rather than leave for it: `hashmap` took 1.1 times as long without; or their module, for calls inside a module
 * cost less than those by the table: `hashmap` took 1.04 times as long.
 */
const SMALL = 64;
/** Instructions of a region that is translated again when a place that it has left out is arrived at often after all. */
const MOST_AGAIN = 1000;

/** What a machine has seen of its own run. */
export interface Observed {
  /** `TABLES.jumps` */
  readonly jumps: Uint16Array;
  /** `TABLES.marks` */
  readonly marks: Uint8Array;
}

/** A module as each machine instantiates it. */
export interface TranslatedModule {
  readonly module: WebAssembly.Module;
  /** Table index of its first region. */
  readonly first: number;
  /** Where its regions begin. */
  readonly pcs: readonly number[];
  /** Table indices of regions that its own replace, by position: who calls by the old index gets the new code. */
  readonly replaced: readonly (readonly number[])[];
  readonly caseMaps: readonly { readonly at: number; readonly cases: Uint16Array }[];
  readonly instructions: number;
  /** of WebAssembly */
  readonly bytes: number;
}

/**
 * Bytes of a function whose loops are searched for when execution arrives in it: `levenshtein` takes 0.88 times as long. With all functions block 22244135 took 1.2 times
 * as long, for 8000 instructions more were translated; with those of 400 to 1600 bytes the same as without.
 */
const MOST_SEARCHED = 800;
/**
 * Words of an image in which all is translated that is around a place, and behind the loop that execution is in, since most of it will be executed often: 27 kernels of 200 to 1100 words need 4 to 7
 * modules instead of 9 to 15, and 0.983 of the time.
 */
const SMALL_IMAGE = 2048;

export class Translation {
  readonly #code: CodeImage;
  readonly #isEager: boolean;
  /** Whether the image is small. */
  readonly #isSmall: boolean;
  readonly modules: TranslatedModule[] = [];
  /** Table indices of the regions at an address, the newest last. */
  readonly #indices = new Map<number, number[]>();
  /** Instructions of regions, by table index. */
  readonly #sizes: number[] = [0];
  /** By word, 1 where blocks of regions begin: what one machine has arrived at, another one need not. */
  readonly #isKnown: Uint8Array;
  readonly #loops: SeenLoops;
  /** Places that regions have left out, and where those begin: lists, the last entry of each by word of the place, 0 for none. */
  readonly #leftOut: Uint32Array;
  readonly #leftOutBy: { readonly pc: number; readonly next: number }[] = [{ pc: -1, next: 0 }];
  /** Headers of loops whose guards have failed, and which regions have guards there. */
  readonly #careful = new Set<number>();
  readonly #guarded = new Map<number, Set<number>>();
  #nextCaseMap = TABLES.caseMaps;

  /** @param isEager for tests: guards wherever there can be some */
  constructor(code: CodeImage, isEager: boolean) {
    this.#code = code;
    this.#isKnown = new Uint8Array(code.length);
    this.#leftOut = new Uint32Array(code.length);
    this.#isEager = isEager;
    this.#isSmall = code.length <= SMALL_IMAGE;
    this.#loops = new SeenLoops(code, this.#isSmall ? 4 * SMALL_IMAGE : MOST_SEARCHED);
  }

  /** Table entries that all modules need. */
  get tableLength(): number {
    return this.#sizes.length;
  }

  /**
   * Adds a module for what is asked for.
   * @param request the address with a `REQUEST`
   * @returns whether there is code for the address itself now; if not, a few more arrivals may be interpreted
   */
  translate(request: number, observed: Observed): boolean {
    const pc = request & (ROM_SIZE - 4);
    if (!this.#code.at(pc)) return false;
    if ((request & CAREFUL) !== 0) {
      this.#careful.add(pc);
      const regions = new Set([pc, ...(this.#guarded.get(pc) ?? [])]);
      this.#translateRegions([...regions], (at) => this.#extentOf(at | REQUEST.loop, observed), observed);
      return true;
    }
    const last = this.#leftOut[pc >>> 2];
    if (last === 0 || (request & 3) === REQUEST.loop) {
      const extentOf = (at: number) => this.#extentOf(at === pc ? request : at | REQUEST.loop, observed);
      this.#translateRegions([pc, ...this.#around(request, observed)], extentOf, observed);
      return true;
    }
    // they are translated again, with it. Until it becomes a region of its own, arrivals are counted for a while: most go to the new code now
    this.#leftOut[pc >>> 2] = 0;
    observed.jumps[pc >>> 2] = OFTEN / 2;
    const owners = new Set<number>();
    for (let at = last; at !== 0; at = this.#leftOutBy[at].next) owners.add(this.#leftOutBy[at].pc);
    const extent = { ...this.#functionExtent(observed), most: MOST_AGAIN };
    this.#translateRegions([...owners], () => extent, observed);
    return false;
  }

  #translateRegions(roots: readonly number[], extentOf: (pc: number) => Extent, observed: Observed): void {
    const regions = this.#batch(roots, extentOf, observed);
    const first = this.tableLength;
    const caseMaps: { at: number; cases: Uint16Array }[] = [];
    const code = regionModule(regions, first, {
      tableIndexOf: (target) => this.#indexOf(target),
      marks: TABLES.marks,
      caseMap: (from, to, cases) => this.#caseMap(caseMaps, from, to, cases),
      history: {
        isCareful: (header) => this.isCareful(header),
        counts: (header, blocks) =>
          this.#isEager ? { turns: 1, entries: 0 } : this.#loops.countsOf(header, blocks, observed.jumps),
      },
      guard: (region, header) => {
        const known = this.#guarded.get(header);
        if (known) known.add(region);
        else this.#guarded.set(header, new Set([region]));
      },
    });
    const replaced = regions.map(({ pc, instructions, blocks }, i) => {
      const before = this.#indices.get(pc) ?? [];
      this.#indices.set(pc, [...before, first + i]);
      this.#sizes.push(instructions);
      for (const block of blocks) this.#isKnown[block.pc >>> 2] = 1;
      return before;
    });
    const instructions = regions.reduce((sum, region) => sum + region.instructions, 0);
    const module = new WebAssembly.Module(code);
    const pcs = regions.map(({ pc }) => pc);
    this.modules.push({ module, first, pcs, replaced, caseMaps, instructions, bytes: code.length });
  }

  /** Whether the guards of the loop with this header have failed. */
  isCareful(header: number): boolean {
    return this.#careful.has(header);
  }

  #indexOf(pc: number): number | undefined {
    return this.#indices.get(pc)?.at(-1);
  }

  /** Whether there is a region at an address which is not to be translated once more for those of another module. */
  #isElsewhere(pc: number): boolean {
    const index = this.#indexOf(pc);
    return index !== undefined && this.#sizes[index] > SMALL;
  }

  #wasReached(at: number, { jumps }: Observed): boolean {
    return jumps[at >>> 2] >= REACHED || this.#isKnown[at >>> 2] === 1;
  }

  /** The regions that are asked for, and those that they call directly or through others, nearest first. */
  #batch(pcs: readonly number[], extentOf: (pc: number) => Extent, observed: Observed): Region[] {
    const code = this.#code;
    const regions = pcs.map((pc) => findRegion(code, pc, extentOf(pc)));
    const queued = new Set(pcs);
    let instructions = regions.reduce((sum, region) => sum + region.instructions, 0);
    for (let i = 0; i < regions.length; i++)
      for (const callee of regions[i].callees) {
        if (instructions >= MOST_IN_BATCH) break;
        if (queued.has(callee) || this.#isElsewhere(callee) || !code.at(callee)) continue;
        if (!this.#wasReached(callee, observed)) continue;
        queued.add(callee);
        const region = findRegion(code, callee, this.#extentOf(callee, observed));
        regions.push(region);
        instructions += region.instructions;
      }
    for (const region of regions) {
      this.#loops.note(region, code.isFunction(region.pc));
      if (region.instructions <= MOST_AGAIN) this.#noteLeftOut(region, observed);
    }
    return regions;
  }

  #noteLeftOut({ pc, blocks }: Region, observed: Observed): void {
    for (const { edges } of blocks)
      for (const { pc: to, block } of edges)
        if (!block && to !== pc && to < 4 * this.#code.length && !this.#wasReached(to, observed))
          this.#leftOut[to >>> 2] = this.#leftOutBy.push({ pc, next: this.#leftOut[to >>> 2] }) - 1;
  }

  /**
   * Whether a place is left for the first time only now, or was not arrived at either. Where a loop of a small image is translated that execution is in, nothing behind it was
   * executed yet, and most of it will be.
   */
  #isOpen(from: number, ways: readonly number[], observed: Observed): boolean {
    return !ways.some((to) => this.#wasReached(to, observed)) || this.#loops.areLeft(from, ways);
  }

  #functionExtent(observed: Observed): Extent {
    return {
      most: MOST_IN_FUNCTION,
      includes: (at) => !this.#code.isFunction(at),
      wasReached: (at) => this.#wasReached(at, observed),
      isOpen: this.#isSmall ? (from, ways) => this.#isOpen(from, ways, observed) : undefined,
    };
  }

  /**
   * In a small image, what is around the loop that execution has arrived in: the function, if it was called before, or else the outermost loop that was entered. Else one
   * after the other would be arrived at often.
   */
  #around(request: number, { jumps }: Observed): number[] {
    const pc = request & ~3;
    if (!this.#isSmall || (request & 3) !== REQUEST.arrival || this.#code.isFunction(pc)) return [];
    const start = this.#loops.findIn(pc);
    if (start === undefined) return [];
    const isWanted = (at: number) => at !== pc && jumps[at >>> 2] > 0 && this.#indexOf(at) === undefined;
    const found = this.#code.isFunction(start) && isWanted(start) ? start : this.#loops.around(pc, isWanted);
    return found === undefined ? [] : [found];
  }

  #extentOf(request: number, observed: Observed): Extent {
    const { marks } = observed;
    const pc = request & ~3;
    const kind = this.#code.isFunction(pc) ? REQUEST.function : request & 3;
    if (kind === REQUEST.arrival) this.#loops.findIn(pc);
    const loop = kind !== REQUEST.function ? this.#loops.at(pc) : undefined;
    if (loop) {
      const known = [...loop].some((at) => marks[at >>> 2] !== 0);
      const includes = (at: number) => loop.has(at) && (!known || marks[at >>> 2] !== 0);
      return { most: MOST_IN_LOOP, includes, wasReached: EVERYWHERE };
    }
    const extent = this.#functionExtent(observed);
    if (kind === REQUEST.function) return extent;
    const isSmall = (at: number) => {
      const index = this.#indexOf(at);
      return index === undefined || this.#sizes[index] <= SMALL;
    };
    return { ...extent, most: MOST_IN_REST, includes: (at) => extent.includes(at) && isSmall(at) };
  }

  #caseMap(
    caseMaps: { at: number; cases: Uint16Array }[],
    first: number,
    last: number,
    numbers: ReadonlyMap<number, number>,
  ): number | undefined {
    const at = this.#nextCaseMap;
    const cases = new Uint16Array((last - first) / 4 + 1);
    if (at + cases.byteLength > END_OF_MEMORY) return undefined;
    this.#nextCaseMap += (cases.byteLength + 3) & ~3;
    for (const [pc, number] of numbers) cases[(pc - first) / 4] = number;
    caseMaps.push({ at, cases });
    return at;
  }
}
