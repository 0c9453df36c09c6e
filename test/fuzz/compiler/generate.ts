/**
 * Random modules for differential testing: integers, memory, globals, calls of every kind, structured control with loops that end, bulk
 * memory. `main` folds all state into its results. Text format, so that a found module can be read and kept.
 */

/** xorshift32: the same seed, the same module. */
export class Random {
  #state: number;
  constructor(seed: number) {
    this.#state = Math.imul(seed, 0x9e3779b1) ^ 0x5bd1e995 || 1;
    for (let i = 0; i < 8; i++) this.next();
  }
  next(): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x;
    return x >>> 0;
  }
  below(n: number): number {
    return this.next() % n;
  }
  chance(percent: number): boolean {
    return this.below(100) < percent;
  }
  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }
}

type Type = "i32" | "i64";
interface Signature {
  params: Type[];
  results: Type[];
}

const BINARY = "add sub mul and or xor shl shr_s shr_u rotl rotr".split(" ");
const DIVIDE = "div_s div_u rem_s rem_u".split(" ");
const COMPARE = "eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u".split(" ");
const UNARY = "clz ctz popcnt extend8_s extend16_s".split(" ");
const INTERESTING = [
  0, 1, 2, 3, 4, 5, 7, 8, 10, 15, 16, 31, 32, 33, 63, 64, 100, 127, 128, 255, 256, 1000, 2047, 2048, 4095, 4096, 65535,
  65536, 1000003, 0x7fffffff,
];

export interface GenerateOptions {
  /** accesses may be misaligned and out of bounds (needs --bounds-checks) */
  readonly wild?: boolean;
  /** address of the memory that accesses stay in when not wild */
  readonly base: number;
  /** tail calls, and a second memory with 64-bit addresses (V8 of Node 24 has both) */
  readonly modern?: boolean;
}

class Generator {
  readonly random: Random;
  readonly options: GenerateOptions;
  readonly signatures: Signature[] = [];
  readonly globals: Type[] = [];
  tableSize = 0;
  locals: Type[] = [];
  fixedLocals = 0;
  depth = 0;
  labels: Type[][] = [];
  current = 0;
  budget = 0;
  loops = 0;

  constructor(random: Random, options: GenerateOptions) {
    this.random = random;
    this.options = options;
  }

  type(): Type {
    return this.random.chance(60) ? "i32" : "i64";
  }

  constant(type: Type): string {
    const r = this.random;
    let v = BigInt(r.pick(INTERESTING));
    if (r.chance(30)) v = -v;
    if (r.chance(25)) v = BigInt(r.next() | 0);
    if (type === "i64") {
      if (r.chance(30)) v = (v << 32n) | BigInt(r.next());
      if (r.chance(10)) v = 1n << BigInt(r.below(64));
      return `(i64.const ${BigInt.asIntN(64, v)})`;
    }
    return `(i32.const ${BigInt.asIntN(32, v)})`;
  }

  address(log: number): string {
    if (this.options.wild === true)
      return this.random.chance(90) ? `(i32.and ${this.expr("i32")} (i32.const 0xffff))` : this.expr("i32");
    // 4 KiB of playground, naturally aligned unless the hint says otherwise
    const mask = 0xfff & ~((1 << log) - 1);
    if (this.random.chance(30)) return `(i32.const ${this.options.base + (this.random.below(0x1000) & mask)})`;
    return `(i32.add (i32.const ${this.options.base}) (i32.and ${this.expr("i32")} (i32.const ${mask})))`;
  }

  /** An access to the second memory, which is addressed by i64. */
  second(bytes: number): { address: string; suffix: string } {
    const r = this.random;
    const log = this.options.wild === true ? r.below(Math.log2(bytes) + 1) : Math.log2(bytes);
    if (this.options.wild !== true)
      return {
        address: `(i64.and ${this.expr("i64")} (i64.const ${0x7fff & -(1 << log)}))`,
        suffix: ` $second offset=${r.below(64) << log} align=${1 << log}`,
      };
    const offset = r.chance(90) ? r.below(70_000) : r.chance(50) ? 2 ** 32 - 1 - r.below(4) : 2 ** 32 + r.below(4);
    const address = r.chance(80) ? `(i64.and ${this.expr("i64")} (i64.const 0xffff))` : this.expr("i64");
    return { address, suffix: ` $second offset=${offset} align=${1 << log}` };
  }

  access(bytes: number): { address: string; suffix: string } {
    if (this.options.modern === true && this.random.chance(40)) return this.second(bytes);
    const natural = Math.log2(bytes);
    const log = this.random.chance(80) ? natural : this.random.below(natural + 1);
    const r = this.random;
    const offset = r.chance(60) ? 0 : r.chance(80) ? r.below(64) << log : r.below(1024) << (log + 2);
    return { address: this.address(log), suffix: ` offset=${offset} align=${1 << log}` };
  }

  load(type: Type): string {
    const forms: [string, number][] =
      type === "i32"
        ? [
            ["i32.load", 4],
            ["i32.load8_s", 1],
            ["i32.load8_u", 1],
            ["i32.load16_s", 2],
            ["i32.load16_u", 2],
          ]
        : [
            ["i64.load", 8],
            ["i64.load8_s", 1],
            ["i64.load8_u", 1],
            ["i64.load16_s", 2],
            ["i64.load16_u", 2],
            ["i64.load32_s", 4],
            ["i64.load32_u", 4],
          ];
    const [op, bytes] = this.random.pick(forms);
    const { address, suffix } = this.access(bytes);
    return `(${op}${suffix} ${address})`;
  }

  store(): string {
    const forms: [string, number, Type][] = [
      ["i32.store", 4, "i32"],
      ["i32.store8", 1, "i32"],
      ["i32.store16", 2, "i32"],
      ["i64.store", 8, "i64"],
      ["i64.store8", 1, "i64"],
      ["i64.store16", 2, "i64"],
      ["i64.store32", 4, "i64"],
    ];
    const [op, bytes, type] = this.random.pick(forms);
    const { address, suffix } = this.access(bytes);
    return `(${op}${suffix} ${address} ${this.expr(type)})`;
  }

  localOf(type: Type): number | undefined {
    const fit = this.locals.map((t, i) => (t === type ? i : -1)).filter((i) => i >= 0);
    return fit.length === 0 ? undefined : this.random.pick(fit);
  }
  globalOf(type: Type): number | undefined {
    const fit = this.globals.map((t, i) => (t === type ? i : -1)).filter((i) => i >= 0);
    return fit.length === 0 ? undefined : this.random.pick(fit);
  }

  /** A call in place of a return. */
  tailCall(): string | undefined {
    const own = this.signatures[this.current]!.results.join();
    const fit = this.signatures
      .map((s, i) => (i > this.current && s.results.join() === own ? i : -1))
      .filter((i) => i >= 0);
    if (fit.length === 0) return undefined;
    const f = this.random.pick(fit);
    const args = this.signatures[f]!.params.map((t) => this.expr(t)).join(" ");
    return this.tableSize > 0 && this.random.chance(40)
      ? `(return_call_indirect (type $t${f}) ${args} (i32.const ${f}))`
      : `(return_call $f${f} ${args})`;
  }

  /** Functions call only later ones, so that every run ends. */
  call(type: Type): string | undefined {
    const fit = this.signatures
      .map((s, i) => (i > this.current && s.results.length === 1 && s.results[0] === type ? i : -1))
      .filter((i) => i >= 0);
    if (fit.length === 0) return undefined;
    const f = this.random.pick(fit);
    const args = this.signatures[f]!.params.map((t) => this.expr(t)).join(" ");
    if (this.tableSize > 0 && this.random.chance(25)) {
      // what it finds there may be of another type: then both machines trap
      const index = this.random.chance(90) ? `(i32.const ${f})` : `(i32.and ${this.expr("i32")} (i32.const 7))`;
      if (index.startsWith("(i32.const") || this.current < 0) return `(call_indirect (type $t${f}) ${args} ${index})`;
    }
    return `(call $f${f} ${args})`;
  }

  expr(type: Type): string {
    const r = this.random;
    this.depth++;
    try {
      if (this.depth > 7 || this.budget-- <= 0) {
        const local = this.localOf(type);
        return local !== undefined && r.chance(70) ? `(local.get ${local})` : this.constant(type);
      }
      const k = r.below(100);
      if (k < 12) return this.constant(type);
      if (k < 28) {
        const local = this.localOf(type);
        if (local !== undefined) return `(local.get ${local})`;
      }
      if (k < 32) {
        const global = this.globalOf(type);
        if (global !== undefined) return `(global.get ${global})`;
      }
      if (k < 58) return `(${type}.${r.pick(BINARY)} ${this.expr(type)} ${this.expr(type)})`;
      if (k < 62) return this.divide(type);
      if (k < 66) return `(${type}.${r.pick(type === "i64" ? [...UNARY, "extend32_s"] : UNARY)} ${this.expr(type)})`;
      if (k < 73 && type === "i32") {
        const t = this.type();
        return r.chance(20)
          ? `(${t}.eqz ${this.expr(t)})`
          : `(${t}.${r.pick(COMPARE)} ${this.expr(t)} ${this.expr(t)})`;
      }
      if (k < 73) return `(i64.extend_i32_${r.pick(["s", "u"])} ${this.expr("i32")})`;
      if (k < 76)
        return type === "i32" ? `(i32.wrap_i64 ${this.expr("i64")})` : `(i64.extend_i32_u ${this.expr("i32")})`;
      if (k < 83) return this.load(type);
      if (k < 88) return `(select ${this.expr(type)} ${this.expr(type)} ${this.expr("i32")})`;
      if (k < 92) {
        const local = this.localOf(type);
        if (local !== undefined && local >= this.fixedLocals) return `(local.tee ${local} ${this.expr(type)})`;
      }
      if (k < 96) {
        const call = this.call(type);
        if (call !== undefined) return call;
      }
      return this.block(type);
    } finally {
      this.depth--;
    }
  }

  divide(type: Type): string {
    const r = this.random;
    const op = r.pick(DIVIDE);
    // mostly a divisor that is not zero
    const divisor = r.chance(45)
      ? this.constant(type).replace("const 0)", "const 3)")
      : r.chance(85)
        ? `(${type}.or ${this.expr(type)} (${type}.const 1))`
        : this.expr(type);
    return `(${type}.${op} ${this.expr(type)} ${divisor})`;
  }

  block(type: Type): string {
    const r = this.random;
    if (r.chance(50)) {
      const cond = this.expr("i32");
      this.labels.push([type]);
      const then = `(then ${this.statements(2)} ${this.expr(type)})`;
      const other = `(else ${this.statements(2)} ${this.expr(type)})`;
      this.labels.pop();
      return `(if (result ${type}) ${cond} ${then} ${other})`;
    }
    this.labels.push([type]);
    const body = `${this.statements(2)} ${r.chance(50) ? `(drop (br_if 0 ${this.expr(type)} ${this.expr("i32")}))` : ""} ${this.expr(type)}`;
    this.labels.pop();
    return `(block (result ${type}) ${body})`;
  }

  /** A branch target without operands, by depth. */
  emptyLabel(): number | undefined {
    const fit = this.labels.map((t, i) => (t.length === 0 ? this.labels.length - 1 - i : -1)).filter((i) => i >= 0);
    return fit.length === 0 ? undefined : this.random.pick(fit);
  }

  statement(): string {
    const r = this.random;
    const k = r.below(100);
    if (k < 32) {
      const l = this.fixedLocals + r.below(this.locals.length - this.fixedLocals);
      return `(local.set ${l} ${this.expr(this.locals[l]!)})`;
    }
    if (k < 42 && this.globals.length > 0) {
      const g = r.below(this.globals.length);
      return `(global.set ${g} ${this.expr(this.globals[g]!)})`;
    }
    if (k < 60) return this.store();
    if (k < 70) {
      const cond = this.expr("i32");
      this.labels.push([]);
      const text = `(if ${cond} (then ${this.statements(3)}) ${r.chance(50) ? `(else ${this.statements(3)})` : ""})`;
      this.labels.pop();
      return text;
    }
    if (k < 80) return this.loop();
    if (k < 84) {
      const label = this.emptyLabel();
      if (label !== undefined) return `(br_if ${label} ${this.expr("i32")})`;
    }
    if (k < 89) return this.switch();
    if (k < 92) return this.bulk();
    if (k < 93 && r.chance(20)) return `(if (i32.eq ${this.expr("i32")} (i32.const 5)) (then (unreachable)))`;
    if (k < 95) {
      const cond = this.expr("i32");
      this.labels.push([]);
      const tail = this.options.modern === true && r.chance(80) ? this.tailCall() : undefined;
      const values = tail ?? `(return ${this.signatures[this.current]!.results.map((t) => this.expr(t)).join(" ")})`;
      this.labels.pop();
      return `(if ${cond} (then ${values}))`;
    }
    return `(drop ${this.expr(this.type())})`;
  }

  /** Counts a local down that nothing else touches. */
  loop(): string {
    if (this.loops >= 3) return `(drop ${this.expr("i32")})`;
    const counter = `$c${this.loops++}`;
    this.labels.push([]);
    this.labels.push(["i32", "i32", "i32"]); // a label nobody else takes
    const body = this.statements(4);
    this.labels.pop();
    this.labels.pop();
    this.loops--;
    const times = 1 + this.random.below(6);
    return `(local.set ${counter} (i32.const ${times})) (block (loop ${body} (br_if 0 (local.tee ${counter} (i32.sub (local.get ${counter}) (i32.const 1))))))`;
  }

  switch(): string {
    const cases = 1 + this.random.below(7);
    for (let i = 0; i <= cases + 1; i++) this.labels.push([]);
    const labels = Array.from({ length: cases + 1 }, () => this.random.below(cases + 1)).join(" ");
    let text = `(br_table ${labels} (i32.and ${this.expr("i32")} (i32.const 15)))`;
    for (let i = 0; i <= cases; i++) {
      this.labels.pop();
      text = `(block ${text}) ${this.statement()}`;
    }
    this.labels.pop();
    return `(block ${text})`;
  }

  /** Bulk memory between the two memories. */
  bulkOfTwo(): string {
    const at = (): string => `(i64.and ${this.expr("i64")} (i64.const 0x7fff))`;
    const first = `(i32.add (i32.const ${this.options.base}) (i32.and ${this.expr("i32")} (i32.const 0x7ff)))`;
    const n = this.random.pick([7, 31, 127]);
    const small = `(i32.and ${this.expr("i32")} (i32.const ${n}))`;
    switch (this.random.below(5)) {
      case 0:
        return `(memory.copy $second $first ${at()} ${first} ${small})`;
      case 1:
        return `(memory.copy $first $second ${first} ${at()} ${small})`;
      case 2:
        return `(memory.copy $second $second ${at()} ${at()} (i64.extend_i32_u ${small}))`;
      case 3:
        return `(drop (memory.grow $second (i64.and ${this.expr("i64")} (i64.const 1))))`;
      default:
        return `(memory.fill $second ${at()} ${this.expr("i32")} (i64.extend_i32_u ${small}))`;
    }
  }

  bulk(): string {
    if (this.options.modern === true && this.random.chance(60)) return this.bulkOfTwo();
    const at = (): string =>
      `(i32.add (i32.const ${this.options.base}) (i32.and ${this.expr("i32")} (i32.const 0x7ff)))`;
    const n = `(i32.and ${this.expr("i32")} (i32.const ${this.random.pick([7, 31, 127])}))`;
    return this.random.chance(60)
      ? `(memory.copy ${at()} ${at()} ${n})`
      : `(memory.fill ${at()} ${this.expr("i32")} ${n})`;
  }

  statements(max: number): string {
    return Array.from({ length: this.random.below(max + 1) }, () => this.statement()).join(" ");
  }

  func(index: number): string {
    const r = this.random;
    this.current = index;
    const s = this.signatures[index]!;
    const extra: Type[] = Array.from({ length: 2 + r.below(6) }, () => this.type());
    this.locals = [...s.params, ...extra];
    this.fixedLocals = 0;
    this.budget = 60 + r.below(200);
    this.labels = [];
    this.loops = 0;
    const body = `${Array.from({ length: 2 + r.below(6) }, () => this.statement()).join("\n    ")}\n    ${s.results.map((t) => this.expr(t)).join("\n    ")}`;
    const params = s.params.length > 0 ? `(param ${s.params.join(" ")})` : "";
    const results = s.results.length > 0 ? `(result ${s.results.join(" ")})` : "";
    return `  (func $f${index} (type $t${index}) ${params} ${results} (local ${extra.join(" ")}) (local $c0 i32) (local $c1 i32) (local $c2 i32)\n    ${body})`;
  }

  module(): string {
    const r = this.random;
    const count = 1 + r.below(6);
    for (let i = 0; i < count; i++) {
      const params = Array.from({ length: r.chance(10) ? r.below(14) : r.below(5) }, () => this.type());
      const results = Array.from({ length: r.chance(80) ? 1 : r.below(4) }, () => this.type());
      this.signatures.push({ params, results });
    }
    for (let i = r.below(5); i > 0; i--) this.globals.push(this.type());
    this.tableSize = r.chance(50) ? count : 0;
    const types = this.signatures.map(
      (s, i) =>
        `  (type $t${i} (func ${s.params.map((t) => `(param ${t})`).join(" ")} ${s.results.map((t) => `(result ${t})`).join(" ")}))`,
    );
    const globals = this.globals.map((t) => `  (global (mut ${t}) ${this.constant(t)})`);
    const table =
      this.tableSize > 0 ? `  (table funcref (elem ${this.signatures.map((_, i) => `$f${i}`).join(" ")}))` : "";
    const bytes = Array.from({ length: 64 }, () => `\\${r.below(256).toString(16).padStart(2, "0")}`).join("");
    const funcs = this.signatures.map((_, i) => this.func(i));
    const pages = this.options.wild === true ? 2 : Math.ceil((this.options.base + 0x4000) / 65536);
    const first = this.signatures[0]!;
    const base = this.options.wild === true ? 0 : this.options.base;
    // everything that happened goes into one number
    const widen = (t: Type, value: string): string => (t === "i32" ? `(i64.extend_i32_u ${value})` : value);
    const mix = (value: string): string => `(local.set $h (i64.add (i64.mul (local.get $h) (i64.const 31)) ${value}))`;
    const fold = [
      ...first.results.toReversed().map((t) => `(local.set $${t}) ${mix(widen(t, `(local.get $${t})`))}`),
      ...this.globals.map((t, g) => mix(widen(t, `(global.get ${g})`))),
      ...(this.options.modern === true ? [mix("(memory.size $second)")] : []),
    ].join("\n    ");
    const main = `  (func (export "main") (result i64) (local $h i64) (local $i i32) (local $i32 i32) (local $i64 i64)
    (call $f0 ${first.params.map((t) => this.constant(t)).join(" ")})
    ${fold}
    (local.set $i (i32.const 0x2000))
    (loop (local.set $i (i32.sub (local.get $i) (i32.const 8)))
      (local.set $h (i64.add (i64.rotl (local.get $h) (i64.const 5)) (i64.load (i32.add (i32.const ${base}) (local.get $i)))))
      ${this.options.modern === true ? mix("(i64.load $second offset=32768 (i64.extend_i32_u (i32.and (local.get $i) (i32.const 0x7ff8))))") : ""}
      (br_if 0 (local.get $i)))
    (local.get $h))`;
    const second = this.options.modern === true ? "\n  (memory $second i64 1 4)" : "";
    return `(module\n${types.join("\n")}\n  (memory $first ${pages})${second}\n${globals.join("\n")}\n${table}\n  (data (i32.const ${base + 16}) "${bytes}")\n${funcs.join("\n")}\n${main})\n`;
  }
}

export function generateModule(seed: number, options: GenerateOptions): string {
  return new Generator(new Random(seed), options).module();
}
