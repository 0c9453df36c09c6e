/**
 * Giving up. `assert(condition, "why")`, `throw new Error("why")` and `panic("why")` are the same: in forward mode the host gets the text, in a proving
 * image the run becomes unprovable at that very instruction. There the text is not compiled in; the stop names the source line, where it stands.
 *
 * `panic` costs the bytes of its text as static data, which `assert` and `throw` do not (asc drops their arguments): prefer those.
 */
import { unprovable } from "./machine";

// @ts-ignore: decorator
@inline
export function panic(message: string): void {
  if (PROVING) unprovable();
  else throw new Error(message);
}
