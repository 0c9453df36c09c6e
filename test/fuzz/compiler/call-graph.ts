/**
 * Random call graphs: recursion, tail calls, calls through a table, more arguments and results than registers, values that live across calls. Fuel that
 * every function burns ends the run. What this looks for is stack frames that lie over each other.
 */
import { Random } from "./generate.ts";

type Type = "i32" | "i64";
interface Signature {
  readonly params: readonly Type[];
  readonly results: readonly Type[];
}
interface Call {
  readonly text: string;
  readonly results: readonly Type[];
}

/** More words than registers, sometimes. */
const FEW = 5;
const MANY = 24;

class CallGraph {
  private readonly random: Random;
  private readonly signatures: readonly Signature[];
  /** signature by function */
  private readonly functions: readonly number[];
  /** functions in the table */
  private readonly table: readonly number[];
  /** of the function that is being written */
  private locals: readonly Type[] = [];

  constructor(random: Random) {
    this.random = random;
    const words = (of: () => Type): Type[] => this.list(random.chance(70) ? random.below(FEW) : random.below(MANY), of);
    this.signatures = this.list(1 + random.below(4), () => ({
      params: words(() => this.type()),
      results: random.chance(15) ? words(() => "i32") : ["i32"],
    }));
    this.functions = this.list(2 + random.below(7), () => random.below(this.signatures.length));
    this.table = [...this.functions.keys()].filter(() => random.chance(50));
  }

  private list<T>(count: number, of: () => T): T[] {
    return Array.from({ length: count }, of);
  }

  private type(): Type {
    return this.random.chance(70) ? "i32" : "i64";
  }

  private localOf(type: Type): number | undefined {
    const fit = [...this.locals.keys()].filter((local) => this.locals[local] === type);
    return fit.length > 0 && this.random.chance(75) ? this.random.pick(fit) : undefined;
  }

  private value(type: Type): string {
    const local = this.localOf(type);
    if (local === undefined) return `(${type}.const ${this.random.below(5000)})`;
    return this.random.chance(50)
      ? `(local.get ${local})`
      : `(${type}.add (local.get ${local}) (${type}.const ${this.random.below(1000)}))`;
  }

  /** @param results of the caller, when the call takes its place */
  private call(results?: readonly Type[]): Call {
    const fit = [...this.functions.entries()].filter(
      ([, shape]) => results === undefined || this.signatures[shape]!.results.join() === results.join(),
    );
    const [callee, shape] = this.random.pick(fit);
    const signature = this.signatures[shape]!;
    const args = signature.params.map((type) => this.value(type)).join(" ");
    const op = results === undefined ? "call" : "return_call";
    const place = this.table.indexOf(callee);
    const text =
      place >= 0 && this.random.chance(50)
        ? `(${op}_indirect (type $s${shape}) ${args} (i32.const ${place}))`
        : `(${op} $f${callee} ${args})`;
    return { text, results: signature.results };
  }

  private statement(results: readonly Type[]): string {
    const { random } = this;
    if (random.chance(45)) {
      const call = this.call();
      const sinks = call.results.map(() => {
        const local = this.localOf("i32");
        return local === undefined ? "(drop)" : `(local.set ${local})`;
      });
      return `${call.text} ${sinks.join(" ")}`;
    }
    if (random.chance(40))
      return `(if (i32.and ${this.value("i32")} (i32.const ${1 << random.below(3)})) (then ${this.call(results).text}))`;
    const local = random.below(this.locals.length);
    const type = this.locals[local]!;
    return `(local.set ${local} (${type}.mul ${this.value(type)} (${type}.const ${2 * random.below(99) + 3})))`;
  }

  private function(index: number): string {
    const { random } = this;
    const { params, results } = this.signatures[this.functions[index]!]!;
    const own = this.list(random.chance(40) ? 3 + random.below(30) : 2 + random.below(4), () => this.type());
    this.locals = [...params, ...own];
    const early = results.map((_, k) => `(i32.add (i32.const ${k * 3 + 7}) ${this.value("i32")})`).join(" ");
    const lines = this.list(2 + random.below(5), () => this.statement(results));
    const all = this.locals
      .map((type, local) => (type === "i32" ? `(local.get ${local})` : `(i32.wrap_i64 (local.get ${local}))`))
      .reduce((sum, word) => `(i32.xor (i32.rotl ${sum} (i32.const 5)) ${word})`, "(i32.const 1)");
    const end = random.chance(40)
      ? this.call(results).text
      : results.map((_, k) => `(i32.add (i32.const ${k}) ${all})`).join(" ");
    return `  (func $f${index} (type $s${this.functions[index]}) (local ${own.join(" ")})
    (global.set $fuel (i32.sub (global.get $fuel) (i32.const 1)))
    (if (i32.lt_s (global.get $fuel) (i32.const 0)) (then (return ${early})))
    ${lines.join("\n    ")}
    ${end})`;
  }

  module(): string {
    const { random } = this;
    const first = this.signatures[this.functions[0]!]!;
    const types = this.signatures.map(
      ({ params, results }, k) => `  (type $s${k} (func (param ${params.join(" ")}) (result ${results.join(" ")})))`,
    );
    const args = first.params.map((type) => `(${type}.const ${random.below(9)})`).join(" ");
    const fold = first.results.map(() => "(i32.xor (i32.rotl (local.get 0) (i32.const 1))) (local.set 0)").join(" ");
    return `(module
${types.join("\n")}
  (global $fuel (mut i32) (i32.const ${random.pick([5, 50, 400])}))
  (table funcref (elem ${this.table.map((index) => `$f${index}`).join(" ")}))
${[...this.functions.keys()].map((index) => this.function(index)).join("\n")}
  (func (export "main") (result i32) (local i32)
    (call $f0 ${args}) ${fold} (local.get 0)))
`;
  }
}

export function generateCallGraph(seed: number): string {
  return new CallGraph(new Random(seed)).module();
}
