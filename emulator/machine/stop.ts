/** Why a run stopped. One shape for every engine; `kind` decides the exit code of the CLI. */
export interface Stop {
  kind: "finished" | "unprovable" | "cycle-limit" | "breakpoint";
  /** Byte address of the instruction: the jump to itself, the refused one, or the next to execute. */
  pc: number;
  /** Instructions executed when it stopped. */
  cycles: number;
  /** For `unprovable`: a stable name of the cause (`misaligned-load`, `unknown-opcode`, `tape-exhausted`, …). */
  cause?: string;
  /** For `unprovable`: one sentence for people: what, with which values. */
  message?: string;
}
