/** One instance of a module: its image in a machine that waits for invocations. */
import { link } from "../../../compiler/link/link.ts";
import { FOREIGN_MEMORY_BASE, RAM_END } from "../../../compiler/link/memory-map.ts";
import { compileModule } from "../../../compiler/pipeline.ts";
import type { FunctionType, WasmModule } from "../../../compiler/wasm/module.ts";
import type { Engine, Machine } from "../../../emulator/engine/engine.ts";
import { FULL } from "../../../emulator/machine/config.ts";
import type { Stop } from "../../../emulator/machine/stop.ts";
import { ENTRY, serve } from "./dispatcher.ts";
import type { Value } from "./script.ts";

/** What came of a call: results, a trap of WebAssembly, the stack's end, or something that must not happen. */
export type Outcome =
  | { readonly kind: "return"; readonly values: readonly bigint[] }
  | { readonly kind: "trap" }
  | { readonly kind: "exhaustion" }
  | { readonly kind: "fault"; readonly message: string };

/** The stack's share of memory; `compileModule` leaves as much above linear memory. */
const STACK = 1 << 20;
const SLICE = 100_000;
const MAX_CYCLES = 400_000_000;

export class Instance {
  private readonly exports: ReturnType<typeof serve>["exports"];
  private readonly excluded: ReadonlySet<number>;
  private readonly machine: Machine;
  private readonly input: number[] = [];
  private output: number[] = [];
  private idle: { pc: number; registers: Uint32Array } | undefined;

  constructor(engine: Engine, module: WasmModule, excluded: ReadonlySet<number>) {
    const served = serve(module);
    this.exports = served.exports;
    this.excluded = excluded;
    const object = compileModule(served.module, {
      boundsChecks: true,
      memoryBias: FOREIGN_MEMORY_BASE,
      entry: ENTRY,
      stackSize: STACK,
      verify: true,
    });
    this.machine = engine.load(link(object).image, FULL, {
      read: () => this.input.shift() ?? -1,
      write: (word) => this.output.push(word),
    });
  }

  /** Runs segments' initialisation and the start function. */
  start(): Outcome {
    return this.run();
  }

  typeOf(name: string): FunctionType | undefined {
    return this.exports.get(name)?.type;
  }

  /** Whether a call of this export may reach code with floats. */
  isExcluded(name: string): boolean {
    const found = this.exports.get(name);
    return found !== undefined && this.excluded.has(found.index);
  }

  invoke(name: string, args: readonly Value[]): Outcome {
    const target = this.exports.get(name);
    if (!target || !this.idle) return { kind: "fault", message: `no export ${name}` };
    this.machine.pc = this.idle.pc;
    this.machine.registers.set(this.idle.registers);
    this.input.length = 0;
    this.output = [];
    this.input.push(target.number, ...args.flatMap(argumentWords));
    const outcome = this.run();
    if (outcome.kind !== "return") return outcome;
    const words = this.output.values();
    const values = target.type.results.map((type) => {
      const low = BigInt(words.next().value ?? 0);
      return type === "i64" ? low | (BigInt(words.next().value ?? 0) << 32n) : low;
    });
    return { kind: "return", values };
  }

  private run(): Outcome {
    const { machine } = this;
    const limit = machine.cycles + MAX_CYCLES;
    for (;;) {
      const stop = machine.run({ maxCycles: machine.cycles + SLICE });
      if (stop.kind !== "cycle-limit") return this.settle(stop);
      const sp = machine.registers[2];
      if (sp > 0 && sp < RAM_END - STACK) return { kind: "exhaustion" };
      if (machine.cycles > limit) return { kind: "fault", message: `still running after ${MAX_CYCLES} cycles` };
    }
  }

  private settle(stop: Stop): Outcome {
    if (stop.kind === "unprovable" && stop.cause === "tape-exhausted" && this.input.length === 0) {
      this.idle = { pc: stop.pc, registers: this.machine.registers.slice() };
      return { kind: "return", values: [] };
    }
    if (stop.kind === "unprovable" && stop.cause === "gave-up") return { kind: "trap" };
    return { kind: "fault", message: `${stop.kind} at 0x${stop.pc.toString(16)}: ${stop.cause} ${stop.message}` };
  }
}

/** References from the host are numbers, kept apart from null, which is 0. */
function argumentWords(value: Value): number[] {
  if (value.type === "i64") {
    return [Number(BigInt.asUintN(32, value.value)), Number(BigInt.asUintN(32, value.value >> 32n))];
  }
  if (value.type === "i32") return [Number(BigInt.asUintN(32, value.value))];
  if (value.type === "externref" && typeof value.value === "bigint") return [Number(value.value) + 1];
  return [0];
}

/** Whether a result is the expected one. */
export function matches(expected: Value, actual: bigint): boolean {
  switch (expected.type) {
    case "i32":
      return BigInt.asUintN(32, expected.value) === actual;
    case "i64":
      return BigInt.asUintN(64, expected.value) === actual;
    case "externref":
    case "funcref":
      if (expected.value === "null") return actual === 0n;
      return expected.value === "any" ? actual !== 0n : actual === expected.value + 1n;
    case "foreign":
      return false;
  }
}
