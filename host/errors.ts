/** The one error for input that cannot be used. It says what is wrong, where, and what to do next; the CLI ends with exit code 2. */

export class InputError extends Error {
  override readonly name = "InputError";
  /** What is wrong, with the values that show it. */
  readonly what: string;
  /** File, and place inside it. */
  readonly where: string;
  /** What the reader of the message can do about it. */
  readonly next: string;

  constructor(what: string, where: string, next: string) {
    super(`${what}\n  where: ${where}\n  next: ${next}`);
    this.what = what;
    this.where = where;
    this.next = next;
  }
}
