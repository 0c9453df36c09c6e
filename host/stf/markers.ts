/** The markers of our state transition function (`guest/stf/markers.ts`), their names for people, and where an image has them. */
import type { ElfSymbol } from "../../emulator/image/elf.ts";

export const TRANSACTION = 1;
export const SEAL = 2;
export const STATE = 3;
/** An opcode's begin; not among the phases. */
export const OPCODE = 4;

export const MARKER_NAMES: Readonly<Record<number, string>> = {
  [TRANSACTION]: "transaction",
  [SEAL]: "header",
  [STATE]: "state",
};

/** Addresses by marker of a phase, from symbols named `marker.ID` (a place that was inlined more than once has several, with a suffix). */
export function markersOf(symbols: readonly ElfSymbol[]): Map<number, number[]> {
  const markers = allMarkers(symbols);
  for (const id of markers.keys()) if (MARKER_NAMES[id] === undefined) markers.delete(id);
  return markers;
}

/** Addresses where the EVM's interpreter fetches an opcode. */
export function opcodePlaces(symbols: readonly ElfSymbol[]): readonly number[] {
  return allMarkers(symbols).get(OPCODE) ?? [];
}

function allMarkers(symbols: readonly ElfSymbol[]): Map<number, number[]> {
  const markers = new Map<number, number[]>();
  for (const { name, address } of symbols) {
    const id = /^marker\.(\d+)/.exec(name)?.[1];
    if (id === undefined) continue;
    const addresses = markers.get(Number(id)) ?? [];
    markers.set(Number(id), [...addresses, address]);
  }
  return markers;
}
