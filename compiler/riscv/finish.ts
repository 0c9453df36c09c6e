/**
 * How a run ends: results in x10…x17, zeros or the hash chain in x18…x25, a jump to itself. Airbender's tools find a program's last pc, which is part of its
 * verification key, by the very words with which the original's runtime ends (`EXIT_SEQUENCE` in `execution_utils/src/lib.rs`, v0.3.1): sixteen loads from x26, then
 * the jump, once in the image. So every end goes through one routine that has them; it costs 34 cycles.
 */
import type { ObjectFunction } from "../link/object.ts";
import { encode } from "./encode.ts";
import { SP, ZERO } from "./registers.ts";

export const FINISH = "_finish";

const [FIRST, COUNT, POINTER] = [10, 16, 26];

/** Takes the outputs where they are to be. What it stores lies below the stack, which nobody needs any more. */
export function finishRoutine(): ObjectFunction {
  const each = (make: (k: number) => number) => Array.from({ length: COUNT }, (_, k) => make(k));
  return {
    symbol: FINISH,
    displayName: FINISH,
    code: Uint32Array.of(
      encode("addi", POINTER, SP, 0, -4 * COUNT),
      ...each((k) => encode("sw", 0, POINTER, FIRST + k, 4 * k)),
      ...each((k) => encode("lw", FIRST + k, POINTER, 0, 4 * k)),
      encode("jal", ZERO, 0, 0, 0),
    ),
    relocations: [],
    origins: [{ at: 0, offset: -1 }],
    labels: [],
    frameSize: 0,
    returnAddressSlot: -1,
  };
}
