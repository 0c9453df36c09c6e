/** Orders the moves of a parallel copy so that none overwrites what another still reads; cycles are broken without a spare register if need be. */

export interface Step {
  readonly op: "mv" | "swap";
  readonly to: number;
  readonly from: number;
}

/** Registers only. `free` is a register that may be used to break a cycle, -1 if there is none: then cycles become swaps. */
export function orderMoves(pairs: readonly (readonly [to: number, from: number])[], free: number): Step[] {
  const from = new Map<number, number>();
  for (const [d, s] of pairs) if (d !== s) from.set(d, s);
  const readers = new Map<number, number>();
  for (const s of from.values()) readers.set(s, (readers.get(s) ?? 0) + 1);
  const steps: Step[] = [];
  const ready = [...from.keys()].filter((d) => !readers.has(d));
  const drain = (): void => {
    while (ready.length > 0) {
      const d = ready.pop()!;
      const s = from.get(d)!;
      steps.push({ op: "mv", to: d, from: s });
      from.delete(d);
      const left = readers.get(s)! - 1;
      if (left > 0) readers.set(s, left);
      else {
        readers.delete(s);
        if (from.has(s)) ready.push(s);
      }
    }
  };
  drain();
  // what is left is cycles only
  while (from.size > 0) {
    const start = from.keys().next().value as number;
    if (free >= 0) {
      steps.push({ op: "mv", to: free, from: start });
      for (const [to, source] of from) if (source === start) from.set(to, free);
      readers.set(free, readers.get(start)!);
      readers.delete(start);
      ready.push(start);
      drain();
    } else {
      // d ← s, s ← … : after the swap, who wanted d's old value finds it in s
      const s = from.get(start)!;
      steps.push({ op: "swap", to: start, from: s });
      from.delete(start);
      for (const [to, source] of from) if (source === start) from.set(to, s);
      for (const [to, source] of [...from]) if (to === source) from.delete(to);
    }
  }
  return steps;
}
