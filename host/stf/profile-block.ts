/** Profiles the proving run of a block: by transaction and phase (a section of the call tree each), by EVM opcode, and by function, path and line. */
import type { Program } from "../../emulator/image/program.ts";
import type { MachineConfig } from "../../emulator/machine/config.ts";
import type { ProfilingMachine } from "../../emulator/profile/machine.ts";
import { FIRST_LABEL, type Profile, profileProgram } from "../../emulator/profile/profile.ts";
import { ReplayTape } from "../../emulator/tape/device.ts";
import type { Hex } from "../bytes.ts";
import { MARKER_NAMES, markersOf, TRANSACTION } from "./markers.ts";
import { fetchPlaces, GasFinder, isOpcodeLabel, type OpcodeCost, OpcodeMeter, opcodeName } from "./opcode-meter.ts";

/** A stretch of the block's run, in order. */
export interface Phase {
  readonly name: string;
  /** of a transaction */
  readonly hash?: Hex;
  /** root in the call tree */
  readonly label: number;
}

export interface BlockProfile extends Profile {
  readonly phases: readonly Phase[];
  /** empty for an image without markers */
  readonly opcodes: readonly OpcodeCost[];
}

const CHUNK = 2 ** 21;

/** The register with the frame's gas, found in a run as short as will do. */
function findGas(program: Program, config: MachineConfig, tape: Uint32Array): number | undefined {
  const finder = new GasFinder(fetchPlaces(program));
  if (finder.places.size === 0) return undefined;
  for (let maxCycles = CHUNK; ; maxCycles *= 4) {
    const { stop } = profileProgram(program, config, new ReplayTape(tape), { watch: finder, maxCycles });
    if (finder.register !== undefined || stop.kind !== "cycle-limit") return finder.register;
    finder.left();
  }
}

/** @param hashes of the transactions, where they are known */
export function profileBlock(
  program: Program,
  config: MachineConfig,
  tape: Uint32Array,
  hashes: readonly (Hex | undefined)[] = [],
): BlockProfile {
  const meter = new OpcodeMeter(fetchPlaces(program), findGas(program, config, tape));
  const phases: Phase[] = [{ name: "start", label: FIRST_LABEL }];
  let transactions = 0;
  const enter = (marker: number, { tree }: ProfilingMachine): void => {
    const label = FIRST_LABEL + phases.length;
    const isTransaction = marker === TRANSACTION;
    const hash = isTransaction ? hashes[transactions] : undefined;
    const name = isTransaction ? `transaction ${transactions++}` : MARKER_NAMES[marker];
    phases.push({ name, label, ...(hash ? { hash } : {}) });
    tree.section(label);
  };
  const places = new Map(meter.places);
  for (const [marker, addresses] of markersOf(program.symbols))
    for (const address of addresses) places.set(address, (machine) => enter(marker, machine));
  const profile = profileProgram(program, config, new ReplayTape(tape), {
    watch: { places, left: meter.left },
    nameOf: (label) => (isOpcodeLabel(label) ? opcodeName(label) : phases[label - FIRST_LABEL].name),
  });
  return { ...profile, phases, opcodes: meter.rows() };
}
