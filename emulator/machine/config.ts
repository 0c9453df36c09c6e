/**
 * Machine configurations as data, after `risc_v_simulator/src/cycle/mod.rs` of zksync-airbender v0.3.1.
 * Decoding reads these flags; nothing else may ask which machine it is.
 */
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
