/**
 * The delegations as WebAssembly functions on the machine's memory, for every engine. They check what their circuits need with as
 * few instructions as possible and change nothing when it does not hold; `delegation.ts` then says what was wrong.
 * Semantics: zksync-airbender v0.3.1, `risc_v_simulator/src/delegations/unrolled/`.
 */
import { OPERATORS } from "../isa/expression.ts";
import { Code, ModuleBuilder, OP } from "../wasm/builder.ts";
import { blake2s } from "./blake2s-code.ts";
import { ENGINE, MEMORY_PAGES } from "./layout.ts";
import { SHARES } from "./memory.ts";
import { addU256, REFUSED, U256_BY_OPERATION } from "./u256-code.ts";

const register = (index: number) => ENGINE.registers + 4 * index;

/** What the module exports: for callers that have the registers at hand, and for those that leave them in memory. */
export const DELEGATION_EXPORTS: readonly string[] = [
  ...["blake2s", "u256", "blake2sWith", "u256With"],
  ...U256_BY_OPERATION.values(),
];

/** Calls a function with registers from x10 on. */
function withRegisters(index: number, count: number): Code {
  const c = new Code();
  for (let i = 0; i < count; i++) c.i32(0).load("i32", register(10 + i));
  return c.call(index);
}

/**
 * One module for all machines with a memory of `pages`. Exports `blake2s` and `u256`: no parameters, 1 if the call is refused; and the same for callers that have the registers
 * at hand: `blake2sWith(x10, x11, x12, x13)`, 1 if the call is refused; `u256With(x10, x11, x12)`, the new x12, or `REFUSED`; and those of `U256_BY_OPERATION`.
 */
export function delegationModule(pages: number = MEMORY_PAGES): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder();
  module.importMemory(pages, SHARES);
  const blake = module.addFunction(["i32", "i32", "i32", "i32"], ["i32"], blake2s(), "blake2sWith");
  module.addFunction([], ["i32"], withRegisters(blake, 4), "blake2s");
  const u256 = withRegisters(addU256(module), 3);
  const flag = u256.local();
  u256.tee(flag).i32(REFUSED).op(OPERATORS.eq.code).if().i32(1).op(OP.return).end();
  u256.i32(0).get(flag).store("i32", register(12)).i32(0);
  module.addFunction([], ["i32"], u256, "u256");
  return module.build();
}
