/**
 * Numbers of 64 bits in pairs of registers, as compilers for rv32 compute with them: loaded, multiplied, added up with carries, rotated; and what only looks like it. The translator knows them
 * as one thing each (`translate/wide.ts`), and must not where a summand, a shift or a place is another. Deterministic in the seed.
 */
import { assemble, END, type Fields, loadImmediate } from "../../lib/assemble.ts";
import { Random } from "../../lib/random.ts";
import type { FuzzOptions } from "../main.ts";
import { compareImages, type EngineFuzz, printFuzz } from "./many.ts";

type Pair = readonly [low: number, high: number];

/**
 * @param registers that may be used, at least eight
 * @param base a register that points to memory, 1 KiB to each side
 * @param wildness how often, in percent, something is not as it would have to be
 */
export function numbers(random: Random, registers: readonly number[], base: number, wildness: number): number[] {
  const words: number[] = [];
  const wild = () => random.chance(wildness);
  const anyone = () => random.pick(registers);
  const put = (name: string, fields: Fields) => {
    words.push(assemble(name, fields));
    if (random.chance(wildness / 3))
      words.push(assemble("addi", { rd: anyone(), rs1: anyone(), imm: random.below(64) }));
  };
  const pairs = Array.from({ length: 3 }, (_, i): Pair => [registers[2 * i]!, registers[2 * i + 1]!]);
  const held = new Set<number>();
  const temporary = (): number => {
    const free = registers.slice(6).filter((r) => !held.has(r));
    const found = free.length > 0 && !wild() ? random.pick(free) : anyone();
    held.add(found);
    return found;
  };
  const either = (rs1: number, rs2: number) => (random.chance(50) ? { rs1, rs2 } : { rs1: rs2, rs2: rs1 });
  const compute = (name: string, rs1: number, rs2: number): number => {
    const rd = temporary();
    put(name, { rd, ...either(rs1, wild() ? anyone() : rs2) });
    return rd;
  };
  const move = (rd: number, rs1: number) => put("addi", { rd, rs1, imm: wild() ? 1 : 0 });
  const addition = () => (wild() ? random.pick(["xor", "or", "sub"]) : "add");

  /** All of them, added up in some order. */
  const addUp = (summands: readonly number[], rd: number) => {
    const left = [...summands];
    const take = () => left.splice(random.below(left.length), 1)[0]!;
    while (left.length > 2) left.push(compute(addition(), take(), take()));
    if (left.length === 2) put(addition(), { rd, rs1: take(), rs2: take() });
    else move(rd, take());
  };
  /** Lower halves added up one after the other; the carries join the upper half's summands. @returns the register of the sum */
  const addLower = (lower: readonly number[], upper: number[]): number => {
    let sum = lower[0]!;
    for (const summand of lower.slice(1)) {
      const made = temporary();
      const compared = wild() ? anyone() : random.pick([sum, summand]);
      put(addition(), { rd: made, ...either(sum, summand) });
      const carry = temporary();
      put(wild() ? "slt" : "sltu", {
        rd: carry,
        ...(wild() ? { rs1: compared, rs2: made } : { rs1: made, rs2: compared }),
      });
      if (!wild()) upper.push(carry);
      if (wild()) upper.push(carry);
      sum = made;
    }
    return sum;
  };
  const product = ([al, ah]: Pair, [bl, bh]: Pair, upper: number[]): number => {
    const crossTerms = random.below(3);
    const early = random.chance(30) ? compute("mul", al, bl) : -1;
    upper.push(compute(wild() ? "mulhsu" : "mulhu", al, bl));
    if (crossTerms > 0) upper.push(compute("mul", al, bh));
    if (crossTerms > 1) upper.push(compute("mul", ah, bl));
    return early >= 0 ? early : compute("mul", al, bl);
  };
  const finish = ([low, high]: Pair, lower: number, upper: readonly number[]) => {
    if (random.chance(50)) {
      addUp(upper, high);
      move(low, lower);
    } else {
      // the upper half may be made of what the lower one replaces
      if (upper.includes(low) && !wild()) return;
      move(low, lower);
      held.delete(lower);
      addUp(upper, high);
    }
  };
  const load = ([low, high]: Pair) => {
    const imm = 4 * random.below(64) - 128;
    const other = random.chance(15) ? temporary() : base;
    if (other !== base) put("addi", { rd: other, rs1: base, imm: random.chance(30) ? 16 : 0 });
    const row = () => (wild() ? random.pick(["lhu", "lbu", "lh"]) : "lw");
    const loads = [
      () => put(row(), { rd: low, rs1: base, imm }),
      () => put(row(), { rd: high, rs1: other, imm: imm + (wild() ? random.pick([-4, 0, 8]) : 4) }),
    ];
    if (random.chance(40)) loads.reverse();
    loads[0]!();
    if (wild() || wild()) put("sw", { rs1: base, rs2: anyone(), imm: imm + random.pick([0, 4]) });
    loads[1]!();
  };
  const rotate = (a: Pair, [low, high]: Pair) => {
    const by = 1 + random.below(31);
    const half = (x: number, y: number, rd: number) => {
      const [left, right] = [temporary(), temporary()];
      put("slli", { rd: left, rs1: wild() ? anyone() : x, imm: wild() ? random.below(32) : by });
      put("srli", { rd: right, rs1: wild() ? anyone() : y, imm: wild() ? random.below(32) : 32 - by });
      put(random.pick(["or", "or", "add", "xor"]), { rd, ...either(left, right) });
    };
    const turned = temporary();
    half(a[0], a[1], turned);
    half(a[1], a[0], high);
    move(low, turned);
  };

  for (let n = 2 + random.below(5); n > 0; n--) {
    held.clear();
    const [a, b, to] = [random.pick(pairs), random.pick(pairs), random.pick(pairs)];
    const upper: number[] = [];
    const at = random.below(11);
    if (at === 10) {
      const [x, y] = [temporary(), temporary()];
      put("sub", { rd: x, rs1: a[0], rs2: b[0] });
      put("sub", { rd: y, rs1: b[0], rs2: a[0] });
      finish(to, product([x, a[1]], [y, b[1]], upper), upper);
    } else if (at < 2) load(to);
    else if (at < 4) rotate(a, to);
    else if (at < 6) finish(to, product(a, b, upper), upper);
    else {
      // two or three numbers, products among them
      const lower = [at < 9 ? product(a, b, upper) : a[0]];
      for (let more = 1 + random.below(2); more > 0; more--) {
        const next = random.pick(pairs);
        const isProduct = random.chance(20);
        lower.splice(random.below(lower.length + 1), 0, isProduct ? product(b, next, upper) : next[0]);
        if (!isProduct && random.chance(50)) upper.push(next[1]);
      }
      const sum = addLower(lower, upper);
      if (upper.length > 0) finish(to, sum, upper);
    }
  }
  return words;
}

const BASE = 8;
const COUNTER = 9;
const GENERAL = [5, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 28, 29, 30];
const EDGES = [0, 1, 2, 0xffff_ffff, 0x8000_0000, 0x7fff_ffff, 0xffff, 0x1_0000];

/** A loop whose body is made of them. */
export function numberProgram(seed: number): Uint8Array {
  const random = new Random(seed);
  const words: number[] = [];
  const wildness = random.pick([0, 1, 3, 10]);
  const registers = GENERAL.slice(random.below(GENERAL.length - 9));
  for (let i = registers.length - 1; i > 0; i--) {
    const k = random.below(i + 1);
    [registers[i], registers[k]] = [registers[k]!, registers[i]!];
  }
  for (const register of GENERAL)
    words.push(...loadImmediate(register, random.chance(30) ? random.pick(EDGES) : random.word()));
  words.push(...loadImmediate(BASE, 0x30_0000), ...loadImmediate(COUNTER, 1 + random.below(40)));
  for (let i = -40; i < 40; i++) words.push(assemble("sw", { rs1: BASE, rs2: random.pick(GENERAL), imm: 4 * i }));
  words.push(assemble("jal", { imm: 4 }));
  const start = words.length;
  for (let n = 1 + random.below(3); n > 0; n--) words.push(...numbers(random, registers, BASE, wildness));
  for (let n = random.below(6); n > 0; n--) {
    words.push(assemble("sw", { rs1: BASE, rs2: random.pick(registers), imm: 4 * (random.below(80) - 40) }));
    const [rd, rs1, rs2] = [random.pick(registers), random.pick(registers), random.pick(registers)];
    words.push(assemble(random.pick(["xor", "add", "sub", "sll", "sltu", "mulhu"]), { rd, rs1, rs2 }));
  }
  words.push(assemble("addi", { rd: COUNTER, rs1: COUNTER, imm: -1 }));
  words.push(assemble("bne", { rs1: COUNTER, imm: 4 * (start - words.length) }));
  words.push(END);
  return new Uint8Array(Uint32Array.from(words).buffer);
}

export const fuzzNumbers = (options: FuzzOptions): EngineFuzz => compareImages(options, numberProgram, 100_000);

/** `npm run fuzz -- engine-numbers`. @returns how many programs differ */
export async function reportNumberFuzz(options: FuzzOptions): Promise<number> {
  return printFuzz("engine-numbers", `${options.count} programs`, fuzzNumbers(options));
}
