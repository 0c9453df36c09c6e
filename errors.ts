/** The one error for input that cannot be used, of every room; the CLI ends with exit code 2. It imports nothing and needs no Node API. */

export class InputError extends Error {
  override readonly name: string = "InputError";
  /** What is wrong, with the values that show it. */
  readonly what: string;
  /** File, and place inside it; a room that does not know the file names the place, and who opened the file puts its path in front. */
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
