/** Input that the emulator cannot use: what, where, what to do next. */
export class InputError extends Error {
  override name = "InputError";
}
