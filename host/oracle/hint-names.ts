/** Names of our guest's own questions, for tapes that people read. What each asks and answers is tabulated in `guest/sdk/hints.ts`. */
import { TREE_BATCH } from "./tree-hints.ts";

export const HINT_NAMES: ReadonlyMap<number, string> = new Map([
  [0x57500001, "HintDivide"],
  [0x57500002, "HintAddMod"],
  [0x57500003, "HintInverse"],
  [0x57500004, "HintMulMod"],
  [0x57500010, "HintRecover"],
  [0x57500011, "HintP256"],
  [0x57500080, "HintPairing"],
  [0x57500081, "HintG1Add"],
  [0x57500082, "HintG1Mul"],
  [0x575000c0, "HintModExp"],
  [TREE_BATCH, "HintTreeBatch"],
]);
