/** The error that the compiler's rooms throw when what they were given is at fault, not they. The CLI turns it into exit code 2. */

/**
 * Which rule was broken: `malformed` (not the binary format), `invalid` (breaks the validation rules of the WebAssembly specification),
 * `unsupported` (a valid program that cannot be compiled for the machine), `input` (everything else: options, files, limits of the image).
 */
export type InputErrorKind = "malformed" | "invalid" | "unsupported" | "input";

/** One clear message: what is wrong, where, and what to do next. */
export class InputError extends Error {
  readonly kind: InputErrorKind;
  /** byte offset in the module file, when the fault has a place there */
  readonly offset: number | undefined;

  constructor(message: string, kind: InputErrorKind = "input", offset?: number) {
    super(message);
    this.name = "InputError";
    this.kind = kind;
    this.offset = offset;
  }
}
