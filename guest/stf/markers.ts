/** Cycle markers of the state transition function: labels in the proving image (`sdk/machine.ts`), no instructions. Names for people are in `host/stf/markers.ts`. */

/** A transaction begins: it has been read from the oracle. */
export const TRANSACTION: u32 = 1;
/** All transactions are done: header, then state. */
export const SEAL: u32 = 2;
/** The header is sealed: reads are verified and writes applied. */
export const STATE: u32 = 3;
/** The EVM's interpreter is about to fetch an opcode. In proving images only: elsewhere a marker is a call. */
export const OPCODE: u32 = 4;
