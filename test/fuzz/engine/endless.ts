/**
 * A random program that never ends and is never refused, for long runs: fragments of every kind of instruction, one behind the other, in an endless loop. It has
 * loops that end, functions that call later ones (directly, through a register, through a table), returns that go elsewhere than to their call, jump tables,
 * loads and stores all over a megabyte, tape and delegations. Deterministic in the seed.
 */
import { supports } from "../../../emulator/isa/decode.ts";
import { INSTRUCTIONS } from "../../../emulator/isa/table.ts";
import { ALL } from "../../../emulator/machine/config.ts";
import { assemble, type Fields, loadImmediate } from "../../lib/assemble.ts";
import { Random } from "../../lib/random.ts";
import { idiom } from "./idioms.ts";

const ARENA = 0x30_0000;
const STACK = 0x1000_0000;
/** Registers with a purpose: sp; arena, and the mask of offsets into it. The counters of loops belong to who runs the loop. */
const [SP, BASE, MASK] = [2, 24, 25];
const COUNTERS = [26, 27, 30];
const GENERAL = [5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 28, 29, 31];
const [COMPUTE, ACCESS, BRANCHES] = (
  [["compute"], ["load", "store"], ["branch"]] as const satisfies readonly (readonly string[])[]
).map((kinds: readonly string[]) =>
  INSTRUCTIONS.filter((row) => kinds.includes(row.effect.kind) && supports(ALL, row)),
);
const FUNCTIONS = 12;

/** A place in the program, known when all of it is written. */
interface Label {
  at: number;
}

class Writer {
  readonly #words: (number | (() => number))[] = [];
  get here(): number {
    return 4 * this.#words.length;
  }
  put(...words: number[]): void {
    this.#words.push(...words);
  }
  /** An instruction relative to its own place: a branch or a jump to the label. */
  to(label: Label, name: string, fields: Fields = {}): void {
    const at = this.here;
    this.#words.push(() => assemble(name, { ...fields, imm: label.at - at }));
  }
  /** The label's address as a word. */
  address(label: Label): void {
    this.#words.push(() => label.at);
  }
  /** Loads the label's address. */
  load(rd: number, label: Label): void {
    for (const i of [0, 1]) this.#words.push(() => loadImmediate(rd, label.at)[i]!);
  }
  mark(label: Label): void {
    label.at = this.here;
  }
  image(): Uint8Array {
    return new Uint8Array(Uint32Array.from(this.#words, (w) => (typeof w === "number" ? w : w())).buffer);
  }
}

export function endlessProgram(seed: number): Uint8Array {
  const random = new Random(seed);
  const w = new Writer();
  const functions = Array.from({ length: FUNCTIONS }, (): Label => ({ at: 0 }));
  const register = () => (random.chance(4) ? 0 : random.pick(GENERAL));
  const written = register;

  const compute = () => {
    const row = random.pick(COMPUTE!);
    const small = random.below(4096) - 2048;
    const imm = row.format === "U" ? random.word() & ~0xfff : row.format === "shift" ? random.below(32) : small;
    w.put(assemble(row.name, { rd: written(), rs1: register(), rs2: register(), imm }));
  };
  /** x6 = a random word-aligned place in the arena, from a register's value. */
  const place = (rd: number) => {
    w.put(assemble("and", { rd, rs1: random.pick(GENERAL), rs2: MASK }), assemble("add", { rd, rs1: rd, rs2: BASE }));
  };
  const access = () => {
    const isFar = random.chance(40);
    const rs1 = isFar ? 6 : random.chance(50) ? BASE : SP;
    if (isFar) place(6);
    for (let n = 1 + random.below(4); n > 0; n--) {
      const row = random.pick(ACCESS!);
      if (row.effect.kind === "load" && isFar && n > 1) continue; // x6 may be its target
      const imm = 4 * random.below(64) + (rs1 === SP ? 64 : 0);
      w.put(assemble(row.name, { rd: written(), rs1, rs2: register(), imm }));
    }
  };
  const branchOver = (depth: number, level: number) => {
    const end: Label = { at: 0 };
    w.to(end, random.pick(BRANCHES!).name, { rs1: register(), rs2: register() });
    fragments(1 + random.below(5), depth, level);
    w.mark(end);
  };
  const loop = (depth: number, level: number) => {
    const counter = COUNTERS[depth]!;
    w.put(...loadImmediate(counter, 1 + random.below(40)));
    const start: Label = { at: w.here };
    fragments(1 + random.below(6), depth + 1, level);
    w.put(assemble("addi", { rd: counter, rs1: counter, imm: -1 }));
    w.to(start, "bne", { rs1: counter, rs2: 0 });
  };
  /** Calls a later function, and fills the two places that it may skip when it returns. */
  const call = (level: number) => {
    const callee = functions[level + random.below(FUNCTIONS - level)]!;
    const how = random.below(3);
    if (how === 0) w.to(callee, "jal", { rd: 1 });
    else if (how === 1) {
      w.load(5, callee);
      w.put(assemble("jalr", { rd: 1, rs1: 5 }));
    } else table(7, true, () => functions[level + random.below(FUNCTIONS - level)]!);
    compute();
    compute();
  };
  /** A jump or a call by a table of four places in the code. */
  const table = (rd: number, isCall: boolean, target: () => Label) => {
    const [entries, behind]: Label[] = [{ at: 0 }, { at: 0 }];
    w.to(behind!, "jal");
    w.mark(entries!);
    for (let i = 0; i < 4; i++) w.address(target());
    w.mark(behind!);
    w.load(9, entries!);
    w.put(assemble("andi", { rd, rs1: random.pick(GENERAL), imm: 12 }), assemble("add", { rd, rs1: rd, rs2: 9 }));
    w.put(assemble("lw", { rd, rs1: rd }), assemble("jalr", { rd: isCall ? 1 : 0, rs1: rd }));
  };
  const cases = (depth: number, level: number) => {
    const places = Array.from({ length: 4 }, (): Label => ({ at: 0 }));
    let next = 0;
    table(14, false, () => places[next++]!);
    for (const label of places) {
      w.mark(label);
      fragments(1 + random.below(2), depth, level);
    }
  };
  const tape = () => w.put(assemble("tape", { rd: written(), rs1: random.chance(30) ? register() : 0 }));
  const delegate = () => {
    const [a, b] = [ARENA + 128 * random.below(64), ARENA + 0x4000 + 128 * random.below(64)];
    w.put(...loadImmediate(10, a), ...loadImmediate(11, b));
    const isHash = random.chance(30);
    const operation = isHash
      ? 1 << random.below(10)
      : (1 << random.pick([0, 1, 2, 3, 4, 5, 7])) | (random.below(2) << 6);
    w.put(...loadImmediate(12, operation), ...loadImmediate(13, random.below(8)));
    w.put(assemble(isHash ? "blake2s" : "u256"));
  };

  /** @param depth of loops, whose counters are taken; @param level functions from here on may be called */
  function fragments(count: number, depth: number, level: number): void {
    for (let i = 0; i < count; i++) {
      const at = random.below(100);
      if (at < 38) compute();
      else if (at < 45) w.put(...idiom(random, register, () => SP));
      else if (at < 70) access();
      else if (at < 80) branchOver(depth, level);
      else if (at < 85) depth < COUNTERS.length ? loop(depth, level) : compute();
      else if (at < 89) level < FUNCTIONS && depth === 0 ? call(level) : compute();
      else if (at < 92) cases(depth, level);
      else if (at < 96) tape();
      else delegate();
    }
  }

  w.put(...loadImmediate(SP, STACK), ...loadImmediate(BASE, ARENA), ...loadImmediate(MASK, 0xf_fffc));
  const start: Label = { at: w.here };
  fragments(60, 0, 0);
  w.to(start, "jal");
  functions.forEach((label, i) => {
    w.mark(label);
    w.put(assemble("addi", { rd: SP, rs1: SP, imm: -512 }), assemble("sw", { rs1: SP, rs2: 1, imm: 500 }));
    fragments(8, 0, i + 1);
    w.put(assemble("lw", { rd: 1, rs1: SP, imm: 500 }), assemble("addi", { rd: SP, rs1: SP, imm: 512 }));
    w.put(assemble("jalr", { rs1: 1, imm: 4 * random.below(3) }));
  });
  return w.image();
}
