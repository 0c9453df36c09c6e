/**
 * Machine configurations as data, after `risc_v_simulator/src/cycle/mod.rs` of zksync-airbender v0.3.1.
 * Decoding reads these flags; nothing else may ask which machine it is.
 */
import { InputError } from "../../errors.ts";

export interface MachineConfig {
  readonly name: string;
  readonly mul: boolean;
  readonly div: boolean;
  /** MULH, MULHSU */
  readonly signedMul: boolean;
  /** DIV, REM */
  readonly signedDiv: boolean;
  /** LB, LH */
  readonly signedLoad: boolean;
  /** LB, LBU, LH, LHU, SB, SH */
  readonly subWordAccess: boolean;
  readonly sra: boolean;
  readonly rotate: boolean;
  /** Field operations as Zimop (MOP.RR) */
  readonly mops: boolean;
  readonly delegations: readonly number[];
}

const BLAKE2S = 0x7c7;
const U256 = 0x7ca;

/** All of RV32IM. */
export const FULL: MachineConfig = {
  name: "IMStandardIsaConfig",
  mul: true,
  div: true,
  signedMul: true,
  signedDiv: true,
  signedLoad: true,
  subWordAccess: true,
  sra: true,
  rotate: false,
  mops: false,
  delegations: [BLAKE2S, U256],
};

/** RV32IM without MULH, MULHSU, DIV, REM: what newer provers are built on. */
export const UNSIGNED: MachineConfig = {
  ...FULL,
  name: "IMWithoutSignedMulDivIsaConfig",
  signedMul: false,
  signedDiv: false,
};

/** What the recursion's verifiers run on: no M, whole words only, field operations. */
export const REDUCED: MachineConfig = {
  ...UNSIGNED,
  name: "IWithoutByteAccessIsaConfigWithDelegation",
  mul: false,
  div: false,
  signedLoad: false,
  subWordAccess: false,
  mops: true,
  delegations: [BLAKE2S],
};

export const REDUCED_PLAIN: MachineConfig = { ...REDUCED, name: "IWithoutByteAccessIsaConfig", delegations: [] };

/** Everything, for tests. */
export const ALL: MachineConfig = { ...FULL, name: "IMIsaConfigWithAllDelegations", mops: true };

/** Every configuration with the short name that the CLI takes. */
export const CONFIGS: Readonly<Record<string, MachineConfig>> = {
  full: FULL,
  unsigned: UNSIGNED,
  reduced: REDUCED,
  "reduced-plain": REDUCED_PLAIN,
  all: ALL,
};

/** @throws InputError for a name that is neither short nor the original's */
export function configByName(name: string): MachineConfig {
  const found = CONFIGS[name] ?? Object.values(CONFIGS).find((config) => config.name === name);
  if (found) return found;
  throw new InputError(
    `unknown machine configuration "${name}"`,
    "name of a configuration",
    `choose one of: ${Object.keys(CONFIGS).join(", ")}`,
  );
}

/** Delegation calls made. */
export interface DelegationCounts {
  blake2s: number;
  u256: number;
}

/** What a run costs the prover, in cycles of the main circuit. */
export function effectiveCycles(cycles: number, delegations: DelegationCounts): number {
  return cycles + 16 * delegations.blake2s + 4 * delegations.u256;
}
