/**
 * The proving half of an emulation: the rv32im image runs in the emulator on the oracle, which records the tape, and once more on the tape alone,
 * as a prover would run it.
 */
import type { Engine, Machine, TapeDevice } from "../../emulator/engine/engine.ts";
import { type DelegationCounts, effectiveCycles, type MachineConfig } from "../../emulator/machine/config.ts";
import type { Stop } from "../../emulator/machine/stop.ts";
import type { BlockBundle } from "../blocks/block.ts";
import type { Hex } from "../bytes.ts";
import { OracleDevice, type RecordedQuery } from "../oracle/device.ts";
import { Oracle } from "../oracle/oracle.ts";
import { publicInputOfRegisters } from "../state/public-input.ts";

/** An image to prove with, and what is known about it. */
export interface ProvingImage {
  image: Uint8Array;
  config: MachineConfig;
  /** addresses of the marker that a transaction's begin and the end of the last one set; empty for a foreign image */
  markers: ReadonlyMap<number, readonly number[]>;
}

export interface TapeRun {
  stop: Stop;
  registers: Uint32Array;
  cycles: number;
  delegations: DelegationCounts;
  effectiveCycles: number;
  /** wall time, in milliseconds */
  milliseconds: number;
}

export interface RecordedRun extends TapeRun {
  tape: Uint32Array;
  queries: RecordedQuery[];
}

function outcome(machine: Machine, stop: Stop, milliseconds: number): TapeRun {
  const { cycles, delegations } = machine;
  return {
    stop,
    registers: machine.registers.slice(0, 32),
    cycles,
    delegations: { ...delegations },
    effectiveCycles: effectiveCycles(cycles, delegations),
    milliseconds,
  };
}

/** Runs the image live on the block's oracle and records what it reads. */
export function recordTape(
  engine: Engine,
  { image, config }: ProvingImage,
  bundle: BlockBundle,
  maxCycles?: number,
): RecordedRun {
  const device = new OracleDevice(new Oracle(bundle));
  const machine = engine.load(image, config, device);
  const start = performance.now();
  const stop = machine.run(maxCycles === undefined ? {} : { maxCycles });
  const run = outcome(machine, stop, performance.now() - start);
  return { ...run, tape: device.tape(), queries: device.queries };
}

/** Runs the image on a tape, as a prover does. */
export function runTape(
  engine: Engine,
  { image, config }: ProvingImage,
  tape: TapeDevice,
  maxCycles?: number,
): TapeRun {
  const machine = engine.load(image, config, tape);
  const start = performance.now();
  const stop = machine.run(maxCycles === undefined ? {} : { maxCycles });
  return outcome(machine, stop, performance.now() - start);
}

/** A marker that a run came by, and what the run had cost until there. */
export interface MarkedCycles {
  marker: number;
  cycles: number;
  delegations: DelegationCounts;
}

/** Cost at which each marker was met, in order. Stops at breakpoints, so the counts are exact on every engine. */
export function markedCycles(engine: Engine, proving: ProvingImage, tape: TapeDevice): MarkedCycles[] {
  const machine = engine.load(proving.image, proving.config, tape);
  const at = new Map<number, number>();
  for (const [marker, addresses] of proving.markers) for (const address of addresses) at.set(address, marker);
  for (const address of at.keys()) machine.breakpoints.add(address);
  const met: MarkedCycles[] = [];
  for (;;) {
    const stop = machine.run();
    if (stop.kind !== "breakpoint") return met;
    met.push({ marker: at.get(stop.pc)!, cycles: machine.cycles, delegations: { ...machine.delegations } });
    if (machine.step()) return met;
  }
}

export function publicInputOfRun({ registers }: TapeRun): Hex {
  return publicInputOfRegisters(registers);
}
