/** Why a command of a script has no good end. */

/** What cannot be judged here; the message is the reason. */
export class Excluded extends Error {}

/** What the assertion wanted and what came. */
export class Failed extends Error {}

export const FLOATS = "floats: the function computes with them, or may call one that does";
export const SIMD = "SIMD";
export const REFERENCES = "typed references and garbage collection (WebAssembly 3)";
