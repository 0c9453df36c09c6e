/**
 * Forward mode: the state transition function's WebAssembly runs in V8 on answers taken as they come, and hands its results over.
 */
import { ADDRESS_SPACE } from "../../emulator/machine/layout.ts";
import { reserve } from "../../emulator/machine/memory.ts";
import type { Oracle } from "../oracle/oracle.ts";
import { internalReason } from "./reasons.ts";
import { type ForwardResult, ResultCollector } from "./results.ts";

/** Pages of the memory that a forward module imports: all that the guest may have (`guest/sdk/memory.ts`). What it does not touch costs address space only. */
export const FORWARD_PAGES = ADDRESS_SPACE / 65536;

/** The block cannot be valid: the run stopped with a reason of the guest's. In proving mode the same input is unprovable. */
export class UnprovableBlock extends Error {
  override readonly name = "UnprovableBlock";
}

export interface ForwardRun {
  result: ForwardResult;
  /** wall time of the guest's `main`, in milliseconds */
  milliseconds: number;
}

/**
 * Runs a block.
 * @throws UnprovableBlock when the guest refuses it, InputError when the oracle cannot answer
 */
export async function runForward(module: WebAssembly.Module, oracle: Pick<Oracle, "answer">): Promise<ForwardRun> {
  const collector = new ResultCollector();
  // a plain one, of which V8 counts every byte, begins a collection or two in every run: a fifth of the time of mainnet block 22244135
  const held = reserve(FORWARD_PAGES);
  const { memory } = held;
  let reason: string | undefined;
  const windproof = {
    oracle_query(id: number, parameters: number, count: number, answer: number, capacity: number): number {
      const asked = new Uint32Array(memory.buffer, parameters, count).slice();
      const words = oracle.answer(id >>> 0, asked);
      if (words.length > capacity)
        throw new UnprovableBlock(`query ${id >>> 0}: ${words.length} words of answer do not fit ${capacity}`);
      new Uint32Array(memory.buffer, answer, words.length).set(words);
      return words.length;
    },
    result(kind: number, pointer: number, length: number): void {
      collector.add(kind, new Uint8Array(memory.buffer, pointer >>> 0, length).slice());
    },
    internal_error(code: number): void {
      reason = internalReason(code);
    },
    unprovable(): void {
      throw new UnprovableBlock(reason ?? "the guest refuses the block");
    },
    finish(): void {},
    marker(): void {},
  };
  const env = { abort: windproof.unprovable, memory };
  const instance = await WebAssembly.instantiate(module, { windproof, env });
  const start = performance.now();
  (instance.exports.main as () => void)();
  return { result: collector.finish(), milliseconds: performance.now() - start };
}
