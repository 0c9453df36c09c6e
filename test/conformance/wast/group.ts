/**
 * Instances that import from each other: one image in one machine. Each is instantiated when the script comes to it, and so may change what the others
 * have made by then; a trap in between leaves what was done, as the specification wants.
 */
import { link } from "../../../compiler/link/link.ts";
import { FOREIGN_MEMORY_BASE } from "../../../compiler/link/memory-map.ts";
import { compileModule } from "../../../compiler/pipeline.ts";
import { type Instantiation, linkInstances } from "../../../compiler/wasm/link-modules.ts";
import type { FunctionType, WasmModule } from "../../../compiler/wasm/module.ts";
import type { Engine, Machine } from "../../../emulator/engine/engine.ts";
import { FULL } from "../../../emulator/machine/config.ts";
import type { Stop } from "../../../emulator/machine/stop.ts";
import { ENTRY, type Served, serve, typeOf } from "./dispatcher.ts";
import { withoutFloats } from "./integers.ts";
import type { Value } from "./script.ts";

/** What came of a call: results, a trap of WebAssembly, the stack's end, or something that must not happen. */
export type Outcome =
  | { readonly kind: "return"; readonly values: readonly bigint[] }
  | { readonly kind: "trap" }
  | { readonly kind: "exhaustion" }
  | { readonly kind: "fault"; readonly message: string };

/** The stack's share of memory: `compileModule` leaves as much above linear memory, tables not counted. */
const STACK = 1 << 20;
const SLICE = 100_000;
const MAX_CYCLES = 400_000_000;

export class Group {
  private readonly module: WasmModule;
  /** by member: numbers of its exports, and of what instantiates it */
  private readonly exports: ReadonlyMap<string, number>[];
  private readonly initialisers: (number | undefined)[];
  private readonly targets: Served[] = [];
  private readonly excluded: ReadonlySet<number>;
  private readonly machine: Machine;
  private readonly input: number[] = [];
  private output: number[] = [];
  private idle: { pc: number; registers: Uint32Array } | undefined;

  /** @throws InputError for what the compiler refuses */
  constructor(engine: Engine, members: readonly Instantiation[]) {
    const linked = linkInstances(members, 0);
    const { module, excluded } = withoutFloats(linked.module);
    const number = (target: Served): number => this.targets.push(target) - 1;
    this.exports = linked.instances.map(
      ({ exports }) =>
        new Map(
          exports.flatMap(({ name, kind, index }) =>
            kind === "function" || kind === "global" ? [[name, number({ kind, index })] as const] : [],
          ),
        ),
    );
    this.initialisers = linked.instances.map(({ initialiser }) =>
      initialiser === undefined ? undefined : number({ kind: "function", index: initialiser }),
    );
    this.module = module;
    this.excluded = excluded;
    const object = compileModule(serve(module, this.targets), {
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
    const outcome = this.run();
    if (outcome.kind !== "return") throw new Error(`the machine does not get ready: ${outcome.kind}`);
  }

  /** Puts a member's segments where they belong and runs its start function. */
  instantiate(member: number): Outcome {
    const target = this.initialisers[member];
    return target === undefined ? { kind: "return", values: [] } : this.call(target, []);
  }

  /** Whether instantiation (no name) or an export may reach code with floats. */
  isExcluded(member: number, name?: string): boolean {
    const target = name === undefined ? this.initialisers[member] : this.exports[member].get(name);
    if (target === undefined) return false;
    const { kind, index } = this.targets[target];
    return kind === "function" && this.excluded.has(index);
  }

  invoke(member: number, name: string, args: readonly Value[]): Outcome {
    const target = this.exports[member].get(name);
    return target === undefined ? { kind: "fault", message: `no export ${name}` } : this.call(target, args);
  }

  private call(target: number, args: readonly Value[]): Outcome {
    this.machine.pc = this.idle!.pc;
    this.machine.registers.set(this.idle!.registers);
    this.input.length = 0;
    this.output = [];
    this.input.push(target, ...args.flatMap(argumentWords));
    const outcome = this.run();
    if (outcome.kind !== "return") return outcome;
    const type: FunctionType = typeOf(this.module, this.targets[target]);
    const words = this.output.values();
    const values = type.results.map((result) => {
      const low = BigInt(words.next().value ?? 0);
      return result === "i64" ? low | (BigInt(words.next().value ?? 0) << 32n) : low;
    });
    return { kind: "return", values };
  }

  private run(): Outcome {
    const { machine } = this;
    const limit = machine.cycles + MAX_CYCLES;
    const top = this.idle?.registers[2] ?? 0;
    for (;;) {
      const stop = machine.run({ maxCycles: machine.cycles + SLICE });
      if (stop.kind !== "cycle-limit") return this.settle(stop);
      const sp = machine.registers[2];
      if (sp > 0 && sp < top - STACK) return { kind: "exhaustion" };
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
