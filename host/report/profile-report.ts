/** A profile made ready for people and files: one plain document, from which every form (text, JSON, speedscope, pprof, page) is written. */

import type { Program } from "../../emulator/image/program.ts";
import type { DelegationCounts } from "../../emulator/machine/config.ts";
import type { Stop } from "../../emulator/machine/stop.ts";
import type { CallNode, Cost } from "../../emulator/profile/call-tree.ts";
import { byFunction, byLine, effectiveOf, FIRST_LABEL, type Profile, totalOf } from "../../emulator/profile/profile.ts";

/** A cost as reports show it. */
export interface ReportCost extends DelegationCounts {
  /** instructions executed */
  cycles: number;
  /** what the prover pays: cycles + 16 a Blake2s call + 4 a U256 call */
  effective: number;
}

export interface ReportFrame {
  name: string;
  /** a stretch of the run, a function, a part of a function (an EVM opcode) */
  kind: "section" | "function" | "part";
  file?: string;
  line?: number;
}

/** The tree of calls, flat: parents come before their children. */
export interface ReportNode {
  /** index of the parent, -1 for a section */
  parent: number;
  /** index into `frames` */
  frame: number;
  calls: number;
  /** of its own, without what it called */
  cycles: number;
  blake2s: number;
  u256: number;
}

export interface ReportSection extends ReportCost {
  name: string;
  /** of a transaction */
  hash: string | null;
}

export interface ReportFunction {
  name: string;
  source: string | null;
  calls: number;
  self: ReportCost;
  total: ReportCost;
}

export interface ReportLine extends ReportCost {
  /** "file:line", null for instructions without one */
  source: string | null;
}

export interface ReportOpcode extends ReportCost {
  name: string;
  count: number;
  /** EVM gas; null where it is not the opcode's own */
  gas: number | null;
}

export interface ProfileReport extends ReportCost {
  program: string;
  stop: Stop;
  sections: ReportSection[];
  opcodes: ReportOpcode[];
  functions: ReportFunction[];
  lines: ReportLine[];
  frames: ReportFrame[];
  nodes: ReportNode[];
  /** milliseconds of the profiled run */
  milliseconds: number;
}

/** What a block's profile has besides (`host/stf/profile-block.ts`). */
export interface BlockParts {
  readonly phases: readonly { readonly name: string; readonly hash?: string; readonly label: number }[];
  readonly opcodes: readonly (Cost & {
    readonly name: string;
    readonly count: number;
    readonly gas: number | undefined;
  })[];
}

const reportCost = (cost: Cost): ReportCost => ({
  cycles: cost.cycles,
  blake2s: cost.blake2s,
  u256: cost.u256,
  effective: effectiveOf(cost),
});

export function profileReport(
  name: string,
  program: Program,
  profile: Profile,
  block: BlockParts = { phases: [], opcodes: [] },
): ProfileReport {
  const { stop, total, sections, milliseconds } = profile;
  const phaseOf = new Map(block.phases.map((phase) => [phase.label, phase]));
  const { frames, nodes } = flatten(program, profile);
  const source = (address: number): string | null => {
    const place = program.lines.find(address);
    return place ? `${place.file}:${place.line}` : null;
  };
  return {
    program: name,
    stop,
    ...reportCost(total),
    sections: sections.map((root) => ({
      name: profile.nameOf(root.label),
      hash: phaseOf.get(root.label)?.hash ?? null,
      ...reportCost(totalOf(root)),
    })),
    opcodes: block.opcodes.map((row) => ({
      name: row.name,
      count: row.count,
      gas: row.gas ?? null,
      ...reportCost(row),
    })),
    functions: byFunction(profile, sections).map((row) => ({
      name: row.name,
      source: source(row.entry),
      calls: row.calls,
      self: reportCost(row.self),
      total: reportCost(row.total),
    })),
    lines: byLine(program, profile).map((row) => ({
      source: row.file === undefined ? null : `${row.file}:${row.line}`,
      ...reportCost(row),
    })),
    frames,
    nodes,
    milliseconds,
  };
}

function flatten(program: Program, profile: Profile): { frames: ReportFrame[]; nodes: ReportNode[] } {
  const frames: ReportFrame[] = [];
  const nodes: ReportNode[] = [];
  const known = new Map<number, number>();
  const frameOf = ({ label, parent }: CallNode): number => {
    let frame = known.get(label);
    if (frame === undefined) {
      const kind = parent === undefined ? "section" : label < FIRST_LABEL ? "function" : "part";
      const place = kind === "function" ? program.lines.find(profile.functions[label].entry) : undefined;
      frame =
        frames.push({ name: profile.nameOf(label), kind, ...(place && { file: place.file, line: place.line }) }) - 1;
      known.set(label, frame);
    }
    return frame;
  };
  const visit = (node: CallNode, parent: number): void => {
    // a place that was only passed when a section began
    if (parent >= 0 && node.calls === 0 && effectiveOf(totalOf(node)) === 0) return;
    const { calls, cycles, blake2s, u256 } = node;
    const index = nodes.push({ parent, frame: frameOf(node), calls, cycles, blake2s, u256 }) - 1;
    for (const child of node.children.values()) visit(child, index);
  };
  for (const root of profile.sections) visit(root, -1);
  return { frames, nodes };
}

/** Frames that stand for delegation calls under their caller, with what one call costs the prover. */
export const DELEGATION_FRAMES = [
  { name: "Blake2s delegation (16 each)", count: "blake2s", cost: 16 },
  { name: "U256 delegation (4 each)", count: "u256", cost: 4 },
] as const;
