/** The markers of our state transition function (`guest/stf/markers.ts`) and their names for people. */

export const TRANSACTION = 1;
export const SEAL = 2;
export const STATE = 3;

export const MARKER_NAMES: Readonly<Record<number, string>> = {
  [TRANSACTION]: "transaction",
  [SEAL]: "header",
  [STATE]: "state",
};
