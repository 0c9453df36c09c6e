/** The manifest of a traced run: what it is, what a prover needs for it, and a digest for each file; one hash over all of it. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { MachineConfig } from "../../emulator/machine/config.ts";
import { effectiveCycles } from "../../emulator/machine/config.ts";
import type { RunClaim } from "../../emulator/trace/check-join.ts";
import { CHUNK_ROWS, DELEGATION_NAMES, DELEGATIONS } from "../../emulator/trace/layout.ts";
import { InputError } from "../../errors.ts";
import { type FileDigest, MANIFEST, PROGRAM, TAPE } from "./files.ts";

/** Changes when a consumer must know. */
const FORMAT = 2;

export interface Manifest {
  format: number;
  /** what the witness is of */
  machine: string;
  rowsPerChunk: number;
  run: RunClaim & { effectiveCycles: number; chain: readonly number[] };
  /** circuits that the prover fills */
  circuits: { main: number; delegations: Record<string, number> };
  /** the list of touched words, spread over the main circuits from the end: rows of zeros in front of it */
  initAndTeardown: { entries: number; zeroRows: number[] };
  /** Airbender's command line, to be called in the folder */
  commands: { run: string; prove: string; verify: string; key: string };
  files: FileDigest[];
  /** SHA-256 of all of the above: two runs are equal if these are */
  root: string;
  /** checkpoints and columns, which follow from the rest */
  derived: FileDigest[];
}

export function circuitsOf({ chunks, delegations }: RunClaim): Manifest["circuits"] {
  const needed = DELEGATION_NAMES.map((name) => {
    const { csr, capacity } = DELEGATIONS[name];
    return [String(csr), Math.ceil(delegations[name] / capacity)] as const;
  });
  return { main: chunks, delegations: Object.fromEntries(needed.filter(([, circuits]) => circuits > 0)) };
}

/** Zero rows of each main circuit: the last circuits take the list's end. */
export function zeroRows(entries: number, chunks: number, rows: number = CHUNK_ROWS): number[] {
  return Array.from({ length: chunks }, (_, chunk) => {
    const behind = (chunks - 1 - chunk) * rows;
    return rows - Math.min(rows, Math.max(0, entries - behind));
  });
}

/** `cli` of v0.3.1 knows machines by these names; it has none without signed multiplication and division, the full one runs such programs. */
const AIRBENDER_MACHINES: Readonly<Record<string, string>> = {
  IMStandardIsaConfig: "standard",
  IMWithoutSignedMulDivIsaConfig: "standard",
  IWithoutByteAccessIsaConfigWithDelegation: "reduced",
  IWithoutByteAccessIsaConfig: "reduced-final",
};

export function commandsOf(machine: string, { cycles, output }: RunClaim): Manifest["commands"] {
  const kind = `--machine ${AIRBENDER_MACHINES[machine] ?? "standard"}`;
  const input = `--bin ${PROGRAM} --input-file ${TAPE} ${kind} --cycles ${cycles}`;
  return {
    run: `cli run ${input} --expected-results ${output.join(",")}`,
    // it does not make the folder, and would find out at the end
    prove: `mkdir -p proofs && cli prove ${input} --output-dir proofs`,
    verify: "cli verify-all --metadata proofs/metadata.json",
    key: `cli generate-vk --bin ${PROGRAM} ${kind}`,
  };
}

/** What stands between a witness that the circuits accept and a proof that Airbender v0.3.1's command line accepts; mostly nothing. */
export function proverNotes(machine: string, { touchedWords, chain }: RunClaim): string[] {
  const notes: string[] = [];
  if (touchedWords === 0)
    notes.push("the run touches no word of memory: `cli prove` divides by zero when it proves such a run on a CPU");
  if (AIRBENDER_MACHINES[machine] === "standard" && chain.some((word) => word !== 0))
    notes.push("x18…x25 are not zero at the end: `cli verify-all` refuses a first layer that leaves something there");
  return notes;
}

function rootOf(manifest: Omit<Manifest, "root" | "derived">): string {
  return createHash("sha256").update(JSON.stringify(manifest)).digest("hex");
}

const sorted = (files: readonly FileDigest[]) => [...files].sort((a, b) => (a.name < b.name ? -1 : 1));

export function makeManifest(
  config: MachineConfig,
  claim: RunClaim,
  files: readonly FileDigest[],
  derived: readonly FileDigest[],
): Manifest {
  const { cycles, delegations, chunks, touchedWords } = claim;
  const effective = effectiveCycles(cycles, { blake2s: delegations.blake2s, u256: delegations.u256 });
  const manifest = {
    format: FORMAT,
    machine: config.name,
    rowsPerChunk: CHUNK_ROWS,
    run: { ...claim, effectiveCycles: effective },
    circuits: circuitsOf(claim),
    initAndTeardown: { entries: touchedWords, zeroRows: zeroRows(touchedWords, chunks) },
    commands: commandsOf(config.name, claim),
    files: sorted(files),
  };
  return { ...manifest, root: rootOf(manifest), derived: sorted(derived) };
}

/** @throws InputError when it is not there, torn, or of another version */
export function readManifest(folder: string): Manifest {
  const path = join(folder, MANIFEST);
  const next = "give a folder that `windproof trace PROGRAM -o DIR` has finished";
  if (!existsSync(path)) throw new InputError("there is no manifest", path, next);
  let manifest: Manifest;
  try {
    manifest = JSON.parse(readFileSync(path, "utf8")) as Manifest;
  } catch (error) {
    throw new InputError(`the manifest is no JSON: ${(error as Error).message}`, path, next);
  }
  if (manifest.format !== FORMAT) throw new InputError(`format ${manifest.format} is not ${FORMAT}`, path, next);
  const { root, derived: _, ...rest } = manifest;
  if (rootOf(rest) !== root)
    throw new InputError("the manifest does not have the root hash that it says", path, "it was edited or is torn");
  return manifest;
}
