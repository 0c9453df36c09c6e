/** The door of the room: what users of `windproof/host` may rely on. */
export { InputError } from "../errors.ts";
export { type ProgramEnd, type ProgramInput, runProgram } from "./forward/program.ts";
