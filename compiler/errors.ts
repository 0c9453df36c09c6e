/** What can be wrong with a WebAssembly module. Everything else that the compiler is given (options, files, limits of the image) is a plain `InputError`. */
import { InputError } from "../errors.ts";

export { InputError };

/**
 * Which rule was broken: `malformed` (not the binary format), `invalid` (breaks the validation rules of the WebAssembly specification),
 * `unsupported` (a valid program that cannot be compiled for the machine), `unlinkable` (valid modules that do not fit each other).
 */
export type ModuleErrorKind = "malformed" | "invalid" | "unsupported" | "unlinkable";

const KINDS: Readonly<Record<ModuleErrorKind, { prefix: string; next: string }>> = {
  malformed: {
    prefix: "not a WebAssembly module",
    next: "give a module in binary form (wat2wasm makes one from text); a file that was cut short must be made again",
  },
  invalid: {
    prefix: "invalid WebAssembly",
    next: "the tool that made the module broke a rule of the WebAssembly specification; `wasm-validate` looks for the same rules",
  },
  unsupported: {
    prefix: "unsupported WebAssembly",
    next: "the machine has integers only, and no imports but its own instructions; change the program there",
  },
  unlinkable: {
    prefix: "modules do not link",
    next: "an import and the export of the same name must be of one type; give modules that were made for each other",
  },
};

export class ModuleError extends InputError {
  readonly kind: ModuleErrorKind;
  /** byte offset in the module file, when the fault has a place there */
  readonly offset: number | undefined;

  /** @param place function, section or the like, and source position where one is known; the offset is put behind it */
  constructor(kind: ModuleErrorKind, what: string, place: string, offset?: number, next = KINDS[kind].next) {
    super(
      `${KINDS[kind].prefix}: ${what}`,
      offset === undefined ? place : `${place}, byte 0x${offset.toString(16)} of the module`,
      next,
    );
    this.kind = kind;
    this.offset = offset;
  }
}
