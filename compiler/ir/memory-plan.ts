/**
 * Where the module's memories lie. All are regions of the machine's one address space: memory 0 begins at the bias, each further one where the one
 * before it can no longer grow to. What none of them needs at the start is shared by those that grow, up to their declared maxima.
 */
import { ModuleError } from "../errors.ts";
import type { WasmModule } from "../wasm/module.ts";

export const PAGE = 65_536;

export interface MemoryPlan {
  /** address of its byte 0 */
  readonly base: number;
  /** pages at the start, and how many there can be */
  readonly pages: number;
  readonly maxPages: number;
  /** slot of the current number of pages, -1 when it never grows */
  readonly pagesSlot: number;
  /** its addresses are i64 */
  readonly wide: boolean;
}

/**
 * @param bias address of memory 0; `end`: address where the stack's share begins
 * @param newSlot makes a 32-bit slot with an initial value
 * @throws ModuleError when the memories do not fit
 */
export function planMemories(
  module: WasmModule,
  bias: number,
  end: number,
  newSlot: (initial: number) => number,
): MemoryPlan[] {
  const grown = new Set<number>();
  for (const { body } of module.functions)
    for (const { op, index } of body) if (op === "memory.grow") grown.add(index!);
  const room = Math.floor((end - bias) / PAGE);
  const least = module.memories.reduce((sum, { limits }) => sum + limits.min, 0);
  if (least > room)
    throw new ModuleError("unsupported", `${least} pages, more than the machine's ${room}`, "the module's memory");
  const wants = module.memories.map(({ limits: { min, max = PAGE } }, index) => ({
    index,
    pages: grown.has(index) ? Math.min(max, PAGE) - min : 0,
  }));
  const extra = new Map<number, number>();
  let spare = room - least;
  // whoever wants less than an equal share leaves the rest to the others
  for (const [k, { index, pages }] of wants.toSorted((a, b) => a.pages - b.pages).entries()) {
    const share = Math.min(pages, Math.floor(spare / (wants.length - k)));
    extra.set(index, share);
    spare -= share;
  }
  let base = bias;
  return module.memories.map(({ limits: { min }, address }, index) => {
    const maxPages = min + extra.get(index)!;
    const plan = {
      base,
      pages: min,
      maxPages,
      pagesSlot: grown.has(index) ? newSlot(min) : -1,
      wide: address === "i64",
    };
    base += maxPages * PAGE;
    return plan;
  });
}
