/**
 * riscv-tests (riscv-software-src/riscv-tests, environment `p`) on this machine, which has neither their memory map nor their privileged
 * architecture. So, and only here:
 *
 * - The image, linked at 2^31, is loaded where its data begins at the start of RAM: code lies in ROM, data in RAM, and all
 *   distances between them, by which the tests find their data, are kept. Data in RAM is put there before the run.
 * - What the start-up code does with CSRs, `fence` and `mret` is done by this file when the machine refuses it. Nothing of what is
 *   tested is helped: a test proper that meets a refusal fails.
 * - `ecall` is the end: a7 = 93, a0 = 0 is a pass, else a0 = 2 · (number of the failed case) + 1.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Machine } from "../../emulator/engine/engine.ts";
import { interpreter } from "../../emulator/engine/interpreter.ts";
import { type Elf, readElf } from "../../emulator/image/elf.ts";
import { field } from "../../emulator/isa/format.ts";
import { FULL } from "../../emulator/machine/config.ts";
import { ROM_SIZE } from "../../emulator/machine/layout.ts";
import { ReplayTape } from "../../emulator/tape/device.ts";
import type { Suite } from "./main.ts";

const NAMES = /^rv32u[im]-p-\w+$/;
const MAX_CYCLES = 1_000_000;

/** Tests of what this machine does not have. */
const EXCLUDED: Record<string, string> = {
  "rv32ui-p-fence_i": "writes code and executes it: code is in ROM",
  "rv32ui-p-ma_data": "misaligned accesses: they are unprovable, and there is no trap handler",
};

const [MRET, FENCE_OPCODE, SYSTEM_OPCODE] = [0x30200073, 0x0f, 0x73];
const ECALL = 0x73;
const MEPC = 0x341;

/** Where the image goes: its first writable data behind the code lies at the start of RAM. */
function place(elf: Elf): number {
  const loaded = elf.sections.filter(({ allocated, size }) => allocated && size > 0);
  const codeEnd = Math.max(...loaded.filter(({ executable }) => executable).map(({ address, size }) => address + size));
  const data = loaded.filter(({ address }) => address >= codeEnd).map(({ address }) => address);
  const boundary = data.length > 0 ? Math.min(...data) : codeEnd;
  return ROM_SIZE - boundary;
}

function load(elf: Elf): Machine {
  const shift = place(elf);
  const rom = new Uint8Array(ROM_SIZE);
  const inRam: [number, Uint8Array][] = [];
  for (const { virtualAddress, bytes } of elf.segments) {
    const at = virtualAddress + shift;
    const split = Math.max(0, Math.min(bytes.length, ROM_SIZE - at));
    rom.set(bytes.subarray(0, split), at);
    if (split < bytes.length) inRam.push([at + split, bytes.subarray(split)]);
  }
  const machine = interpreter.load(rom, FULL, new ReplayTape(new Uint32Array()));
  for (const [at, bytes] of inRam) {
    const words = new Uint8Array(Math.ceil(bytes.length / 4) * 4);
    words.set(bytes);
    const view = new DataView(words.buffer);
    for (let i = 0; i < words.length; i += 4) machine.writeWord(at + i, view.getUint32(i, true));
  }
  machine.pc = elf.entry + shift;
  return machine;
}

/** Does a privileged instruction of the start-up code; false if the word is none. */
function helpStartUp(machine: Machine, word: number, csrs: Map<number, number>): boolean {
  const next = () => {
    machine.pc += 4;
    return true;
  };
  if (field.opcode(word) === FENCE_OPCODE) return next();
  if (word === MRET) {
    machine.pc = csrs.get(MEPC) ?? 0;
    return true;
  }
  const funct3 = field.funct3(word);
  if (field.opcode(word) !== SYSTEM_OPCODE || (funct3 & 3) === 0) return false;
  const csr = word >>> 20;
  const old = csrs.get(csr) ?? 0;
  const operand = funct3 & 4 ? field.rs1(word) : machine.registers[field.rs1(word)];
  const written = [0, operand, old | operand, old & ~operand][funct3 & 3] >>> 0;
  csrs.set(csr, written);
  if (field.rd(word) !== 0) machine.registers[field.rd(word)] = old;
  return next();
}

/** @returns what went wrong, or undefined */
function runTest(path: string): string | undefined {
  const machine = load(readElf(readFileSync(path)));
  const csrs = new Map<number, number>();
  for (;;) {
    const stop = machine.run({ maxCycles: MAX_CYCLES });
    if (stop.kind !== "unprovable") return `ended as "${stop.kind}" after ${stop.cycles} cycles`;
    const word = stop.pc < ROM_SIZE ? machine.readWord(stop.pc & ~3) : 0;
    if (word === ECALL) {
      const [a0, a7] = [machine.registers[10], machine.registers[17]];
      if (a7 !== 93) return `unknown environment call ${a7}`;
      return a0 === 0 ? undefined : `case ${a0 >>> 1} failed`;
    }
    if (!helpStartUp(machine, word, csrs)) return `refused at 0x${stop.pc.toString(16)}: ${stop.message}`;
  }
}

export const suite: Suite = {
  run(folder, say) {
    const outcome = { passed: 0, failed: 0, excluded: 0 };
    for (const name of readdirSync(folder)
      .filter((file) => NAMES.test(file))
      .sort()) {
      const reason = EXCLUDED[name];
      if (reason) {
        outcome.excluded++;
        say(`excluded ${name}: ${reason}`);
        continue;
      }
      const failure = runTest(join(folder, name));
      if (failure) say(`FAILED   ${name}: ${failure}`);
      outcome[failure ? "failed" : "passed"]++;
    }
    return outcome;
  },
};
