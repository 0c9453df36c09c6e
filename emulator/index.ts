/** The door of the room: what users of `windproof/emulator` may rely on. */

export { InputError } from "../errors.ts";
export type { Engine, Machine, Snapshot, TapeDevice } from "./engine/engine.ts";
export { interpreter } from "./engine/interpreter.ts";
export { GdbSession, type SessionEnd, type SessionOptions } from "./gdb/session.ts";
export { type Program, readProgram, sourceAt, symbolAt, symbolName } from "./image/program.ts";
export { backtrace, type Place, placeOf, registerDump, stopReport } from "./image/report.ts";
export { disassemble, REGISTER_NAMES } from "./isa/disassemble.ts";
export { INSTRUCTIONS, type Instruction } from "./isa/table.ts";
export {
  CONFIGS,
  configByName,
  type DelegationCounts,
  effectiveCycles,
  type MachineConfig,
} from "./machine/config.ts";
export type { Stop } from "./machine/stop.ts";
export type { CallNode, Cost } from "./profile/call-tree.ts";
export {
  byFunction,
  byLine,
  effectiveOf,
  type FunctionCost,
  type LineCost,
  type Profile,
  type ProfileOptions,
  profileProgram,
  totalOf,
} from "./profile/profile.ts";
export { RecordingTape, ReplayTape } from "./tape/device.ts";
export { diffTapes, firstMismatch, type TapeDifference } from "./tape/diff.ts";
export {
  describePosition,
  parseRaw,
  printRaw,
  type QueryNames,
  type Tape,
  type TapeQuery,
  tapeOfWords,
  tapeWords,
} from "./tape/tape.ts";
export { parseText, printText } from "./tape/text.ts";
export { type CallFile, type Witness, WitnessChecker } from "./trace/check.ts";
export type { RunClaim } from "./trace/check-join.ts";
export { type ChunkEnd, type FinalRegister, Recorder, type TraceSink, UnprovableRun } from "./trace/recorder.ts";
export { CheckRefusal, type RuleName } from "./trace/refusal.ts";
