/** Which addresses loads and stores have, as code: what the interpreter and the recorder do not execute themselves. The checker has its own. */
import { OPERATORS } from "../isa/expression.ts";
import type { Code } from "../wasm/builder.ts";
import { ADDRESS_SPACE, ROM_SIZE } from "./layout.ts";

const { and, sub, rotr, geU } = OPERATORS;

/** Takes an address from the stack into the local `address`; leaves not 0 if a load of so many bytes there is refused: one mask tells what is beyond 2^30 or misaligned. */
export const refusesLoad = (c: Code, address: number, bytes: number): Code =>
  c
    .tee(address)
    .i32(-ADDRESS_SPACE | (bytes - 1))
    .op(and.code);

/** Likewise for a store, which the ROM refuses, too: rotating the low bits up makes a misaligned offset into RAM too large. */
export function refusesStore(c: Code, address: number, bytes: number): Code {
  const shift = Math.log2(bytes);
  c.tee(address).i32(ROM_SIZE).op(sub.code);
  if (shift) c.i32(shift).op(rotr.code);
  return c.i32((ADDRESS_SPACE - ROM_SIZE) >>> shift).op(geU.code);
}
