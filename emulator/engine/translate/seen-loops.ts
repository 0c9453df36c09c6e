/** Loops of an image: found where regions have them, or in a function that execution has arrived in the middle of; and how often they went round while they were interpreted. */
import type { CodeImage } from "./code-image.ts";
import type { LoopCounts } from "./guards.ts";
import { EVERYWHERE, findRegion, type Region } from "./region.ts";

/** Arrivals at a header without which nothing is known of its loop's turns. */
const COUNTED = 30;

interface SeenLoop {
  /** How many it has. */
  readonly blocks: number;
  /** Where it is left for. */
  readonly ways: ReadonlySet<number>;
  readonly isNest: boolean;
  counts: LoopCounts | undefined;
}

export class SeenLoops {
  readonly #code: CodeImage;
  readonly #mostSearched: number;
  /** Address of the header → where its blocks begin. */
  readonly #loops = new Map<number, ReadonlySet<number>>();
  /** By the header: as a whole function has them, else with as few blocks as were seen. */
  readonly #seen = new Map<number, SeenLoop>();
  /** By word, 1 in functions whose loops are known. */
  readonly #isSearched: Uint8Array;

  /** @param mostSearched bytes of a function whose loops are searched for when execution arrives in it */
  constructor(code: CodeImage, mostSearched: number) {
    this.#code = code;
    this.#mostSearched = mostSearched;
    this.#isSearched = new Uint8Array(code.length);
  }

  /** Where the blocks of the loop with this header begin. */
  at(header: number): ReadonlySet<number> | undefined {
    return this.#loops.get(header);
  }

  /** The header of the loop of most blocks that a place is in, of those that are wanted. */
  around(pc: number, isWanted: (header: number) => boolean): number | undefined {
    let found: number | undefined;
    let most = 0;
    for (const [header, loop] of this.#loops)
      if (loop.size > most && loop.has(pc) && isWanted(header)) [found, most] = [header, loop.size];
    return found;
  }

  /** Whether one of the ways on from a block leads out of a loop that it is in. */
  areLeft(from: number, ways: readonly number[]): boolean {
    for (const loop of this.#loops.values()) if (loop.has(from) && ways.some((to) => !loop.has(to))) return true;
    return false;
  }

  /**
   * Finds the loops of the function that a place is in. Execution arrives in the middle of a nest of loops, mostly at the innermost: a region that began there and
   * held all of the nest would have its loops inside out.
   * @returns where the function begins, if it is not too long
   */
  findIn(pc: number): number | undefined {
    const code = this.#code;
    const most = this.#mostSearched;
    let [start, end] = [pc, pc + 4];
    while (start > 0 && pc - start < most && !code.isFunction(start)) start -= 4;
    if (this.#isSearched[start >>> 2] !== 0) return start;
    while (end - start < most && !code.isFunction(end)) end += 4;
    if (end - start >= most) return undefined;
    this.#isSearched.fill(1, start >>> 2, end >>> 2);
    const includes = (at: number) => !code.isFunction(at);
    this.note(findRegion(code, start, { most: end - start, includes, wasReached: EVERYWHERE }), true);
    return start;
  }

  /** `isNest`: of a whole function, so that none of them is inside out. */
  note({ loops, blocks }: Region, isNest: boolean): void {
    for (const [header, loop] of loops) {
      if (!this.#loops.has(header)) this.#loops.set(header, loop);
      if (!isNest && this.#isSearched[header >>> 2] !== 0) continue;
      const known = this.#seen.get(header);
      if (known?.isNest || (known && !isNest && known.blocks <= loop.size)) continue;
      const ways = new Set<number>();
      for (const { pc, edges } of blocks)
        if (loop.has(pc)) for (const { pc: to } of edges) if (!loop.has(to)) ways.add(to);
      // what was counted while all of the same loop was interpreted stays
      const counts = known?.blocks === loop.size ? known.counts : undefined;
      this.#seen.set(header, { blocks: loop.size, ways, isNest, counts });
    }
  }

  /**
   * They are counted while all of a loop is interpreted, later only what is left of it: so the first answer is kept.
   * @param blocks that the loop has in a region: of another than was seen nothing is known
   * @param jumps how often execution arrived at each word while it was interpreted
   */
  countsOf(header: number, blocks: number, jumps: Uint16Array): LoopCounts | undefined {
    const known = this.#seen.get(header);
    if (!known || known.blocks !== blocks) return undefined;
    if (known.counts) return known.counts;
    const turns = jumps[header >>> 2];
    let entries = 0;
    for (const pc of known.ways) entries += jumps[pc >>> 2] ?? 0;
    const counts = { turns, entries: Math.max(1, entries) };
    if (turns >= COUNTED) known.counts = counts;
    return counts;
  }
}
