/** What one block costs with one guest, as a whole and phase by phase where the image has markers: the halves of `windproof compare`. */
import type { Engine } from "../../emulator/engine/engine.ts";
import { type DelegationCounts, effectiveCycles } from "../../emulator/machine/config.ts";
import type { Stop } from "../../emulator/machine/stop.ts";
import { ReplayTape } from "../../emulator/tape/device.ts";
import type { BlockBundle } from "../blocks/block.ts";
import type { Hex } from "../bytes.ts";
import { SEAL, STATE, TRANSACTION } from "./markers.ts";
import { type MarkedCycles, markedCycles, type ProvingImage, publicInputOfRun, recordTape } from "./proving-block.ts";

export interface Cost {
  cycles: number;
  delegations: DelegationCounts;
  effectiveCycles: number;
}

export interface GuestCost extends Cost {
  publicInput: Hex | null;
  stop: Stop;
  tapeWords: number;
  imageBytes: number;
  /** null where the image has no markers */
  phases: ({ name: string } & Cost)[] | null;
}

/** Phases of a block by the marker that begins them; what comes before the first marker is the start. */
const PHASES: readonly { name: string; marker: number }[] = [
  { name: "transactions", marker: TRANSACTION },
  { name: "header", marker: SEAL },
  { name: "state", marker: STATE },
];

type Point = Pick<MarkedCycles, "cycles" | "delegations">;

function between(from: Point, to: Point): Cost {
  const cycles = to.cycles - from.cycles;
  const delegations = {
    blake2s: to.delegations.blake2s - from.delegations.blake2s,
    u256: to.delegations.u256 - from.delegations.u256,
  };
  return { cycles, delegations, effectiveCycles: effectiveCycles(cycles, delegations) };
}

/** @throws InputError when the bundle lacks an answer */
export function costOf(engine: Engine, image: ProvingImage, bundle: BlockBundle): GuestCost {
  const run = recordTape(engine, image, bundle);
  const finished = run.stop.kind === "finished";
  const marks = finished && image.markers.size > 0 ? markedCycles(engine, image, new ReplayTape(run.tape)) : [];
  return {
    publicInput: finished ? publicInputOfRun(run) : null,
    stop: run.stop,
    tapeWords: run.tape.length,
    imageBytes: image.image.length,
    cycles: run.cycles,
    delegations: run.delegations,
    effectiveCycles: run.effectiveCycles,
    phases: marks.length > 0 ? phasesOf(marks, run) : null,
  };
}

function phasesOf(marks: readonly MarkedCycles[], end: Point): ({ name: string } & Cost)[] {
  const begins = PHASES.flatMap(({ name, marker }) => {
    const first = marks.find((mark) => mark.marker === marker);
    return first ? [{ name, at: first as Point }] : [];
  });
  const points = [{ name: "start", at: { cycles: 0, delegations: { blake2s: 0, u256: 0 } } as Point }, ...begins];
  return points.map(({ name, at }, i) => ({ name, ...between(at, points[i + 1]?.at ?? end) }));
}
