/**
 * A block as a program that QEMU can run, too: an image in which every tape and delegation instruction is a jump to a stub behind it. The stubs take words from
 * a copy of the tape in RAM, and compute the delegations in software (`delegations.c`). Our machine and Linux get the same words of code and of RAM, but for one: where
 * the block ends, ours jumps to itself, and Linux's prints the output registers and exits.
 *
 * Words that the guest writes towards the oracle go nowhere, as with any recorded tape; the delegations' checks of operands are left out.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { interpreter } from "../../emulator/engine/interpreter.ts";
import { field } from "../../emulator/isa/format.ts";
import { CSR } from "../../emulator/isa/table.ts";
import { configByName } from "../../emulator/machine/config.ts";
import { ADDRESS_SPACE, PAGE_SIZE, ROM_SIZE } from "../../emulator/machine/layout.ts";
import { ReplayTape } from "../../emulator/tape/device.ts";
import { parseRaw } from "../../emulator/tape/tape.ts";
import { compileRiscv, type Tools } from "./build.ts";

export interface SoftwareBlock {
  /** the image for our machine */
  image: string;
  /** what RAM holds when it starts, and where */
  ram: string;
  ramAddress: number;
  /** the ELF file for Linux */
  linux: string;
  /** output registers x10 … x17 in hex */
  output: string;
}

const NOP = 0x13;
/** `jal x0` from one address to another. */
function jump(from: number, to: number): number {
  const i = to - from;
  return ((i & 0x100000) << 11) | ((i & 0x7fe) << 20) | ((i & 0x800) << 9) | (i & 0xff000) | 0x6f;
}

/** Our compiler keeps some of a leaf function's frame below the stack pointer; so far below it nothing is. */
const [BELOW, FRAME] = [-1200, 1280];

/** What takes the place of a CSR instruction. */
function stub(word: number, back: string): readonly string[] {
  const csr = word >>> 20;
  const rd = field.rd(word);
  const restored = ["t0", "t1"]
    .filter((_, i) => rd !== 5 + i)
    .map((name) => `lw ${name}, ${name === "t0" ? BELOW : BELOW + 4}(sp)`);
  // t1 holds the address until the word is read
  if (csr === CSR.tape)
    return [
      ...[
        `sw t0, ${BELOW}(sp)`,
        `sw t1, ${BELOW + 4}(sp)`,
        "lui t0, %hi(position)",
        "lw t1, %lo(position)(t0)",
        "addi t1, t1, 4",
      ],
      ...["sw t1, %lo(position)(t0)", `lw x${rd}, -4(t1)`, ...restored, `j ${back}`],
    ];
  const name = csr === CSR.u256 ? "u256" : "blake2s";
  return [`sw ra, ${BELOW}(sp)`, `jal ra, call_${name}`, `lw ra, ${BELOW}(sp)`, `j ${back}`];
}

const CALLER_SAVED = ["ra", ..."t0 t1 t2 a0 a1 a2 a3 a4 a5 a6 a7 t3 t4 t5 t6".split(" ")];

/** Calls a delegation with all registers as they were afterwards, but for the flag that U256 gives in x12. */
function callStub(name: string, result: string | undefined): string[] {
  const all = (op: string, list: readonly string[]) =>
    list.map((r) => `${op} ${r}, ${4 * CALLER_SAVED.indexOf(r)}(sp)`);
  return [
    `call_${name}:`,
    ...[
      `addi sp, sp, -${FRAME}`,
      ...all("sw", CALLER_SAVED),
      `jal ra, ${name}`,
      ...(result ? [`mv ${result}, a0`] : []),
    ],
    ...all(
      "lw",
      CALLER_SAVED.filter((r) => r !== result),
    ),
    ...[`addi sp, sp, ${FRAME}`, "ret"],
  ];
}

const END = [
  "end:",
  `addi sp, sp, -${FRAME}`,
  ...[0, 1, 2, 3, 4, 5, 6, 7].map((i) => `sw a${i}, ${4 * i}(sp)`),
  "mv a0, sp",
  "jal ra, finish",
];

/** Where nothing of the block's run is: in the middle of the widest gap between pages that it writes. */
function freeRam(pages: Iterable<number>, bytes: number): number {
  let [before, start, width] = [ROM_SIZE / PAGE_SIZE - 1, 0, 0];
  for (const page of [...pages, ADDRESS_SPACE / PAGE_SIZE].sort((a, b) => a - b)) {
    if (page - before > width) [start, width] = [before + 1, page - before];
    before = page;
  }
  if (width * PAGE_SIZE < 2 * bytes) throw new Error("no room in RAM for the tape");
  return (start + (width >> 1)) * PAGE_SIZE;
}

/** An ELF file for Linux: the ROM at 0, RAM behind it. */
function writeElf(file: string, rom: Uint8Array, ram: Uint8Array, ramAddress: number): void {
  const align = (n: number) => Math.ceil(n / 4096) * 4096;
  const [READ_EXECUTE, READ_WRITE] = [5, 6];
  const ramEnd = ramAddress + align(ram.length);
  const segments = [
    { at: 0, content: rom, size: align(rom.length), flags: READ_EXECUTE },
    { at: ROM_SIZE, content: new Uint8Array(), size: ramAddress - ROM_SIZE, flags: READ_WRITE },
    { at: ramAddress, content: ram, size: ramEnd - ramAddress, flags: READ_WRITE },
    { at: ramEnd, content: new Uint8Array(), size: ADDRESS_SPACE - ramEnd, flags: READ_WRITE },
  ];
  const head = new DataView(new ArrayBuffer(4096));
  const words = (at: number, list: readonly number[]) =>
    list.forEach((word, i) => {
      head.setUint32(at + 4 * i, word, true);
    });
  words(0, [0x464c457f, 0x00010101, 0, 0, 2 | (243 << 16), 1, 0, 52, 0, 0, 52 | (32 << 16), segments.length]);
  const parts: Uint8Array[] = [new Uint8Array(head.buffer)];
  let offset = 4096;
  segments.forEach(({ at, content, size, flags }, i) => {
    // whole pages of the file: QEMU would clear the rest of a page that is not writable
    const padded = new Uint8Array(align(content.length));
    words(52 + 32 * i, [1, offset, at, at, padded.length, size, flags, 4096]);
    padded.set(content);
    parts.push(padded);
    offset += padded.length;
  });
  writeFileSync(file, Buffer.concat(parts), { mode: 0o755 });
}

/** @param job files of image and raw tape, and the machine's name */
export function buildSoftwareBlock(
  tools: Tools,
  dir: string,
  job: { readonly image: string; readonly tape: string; readonly config: string },
): SoftwareBlock {
  const original = readFileSync(job.image);
  const tape = parseRaw(readFileSync(job.tape, "latin1"));
  const machine = interpreter.load(original, configByName(job.config), new ReplayTape(tape));
  const stop = machine.run();
  if (stop.kind !== "finished") throw new Error(`the block does not finish: ${stop.kind} at ${stop.pc}`);
  const ramAddress = freeRam(machine.snapshot().pages.keys(), 4 * tape.length);

  const words = new Uint32Array(new Uint8Array(original).buffer);
  const base = (original.length + 15) & ~15;
  const stubs: string[] = [];
  const backs = new Map<string, number>([["position", ramAddress]]);
  let at = base;
  for (const [i, word] of words.entries()) {
    const csr = word >>> 20;
    const isOurs = csr === CSR.tape || csr === CSR.u256 || csr === CSR.blake2s;
    if (!isOurs || (word & 0x707f) !== 0x1073) continue;
    if (csr === CSR.tape && field.rd(word) === 0) words[i] = NOP;
    else {
      const lines = stub(word, `back_${i}`);
      backs.set(`back_${i}`, 4 * i + 4);
      words[i] = jump(4 * i, at);
      stubs.push(...lines);
      at += 4 * lines.length;
    }
  }
  const end = at;
  words[stop.pc / 4] = jump(stop.pc, end);

  const file = (name: string) => join(dir, `software.${name}`);
  writeFileSync(
    file("s"),
    [".text", ".global end", ...stubs, ...END, ...callStub("u256", "a2"), ...callStub("blake2s", undefined), ""].join(
      "\n",
    ),
  );
  const symbols = [...backs].map(([name, address]) => `${name} = ${address};`).join("\n");
  const sections = `SECTIONS { . = ${base}; .text : { *(.stubs) ${file("stubs.o")}(.text) *(.text*) *(.rodata*) *(.srodata*) . = ALIGN(4); } }`;
  writeFileSync(file("ld"), `${symbols}\n${sections}\n`);
  const objects = [
    compileRiscv(tools, file("s"), file("stubs.o")),
    compileRiscv(tools, join(import.meta.dirname, "delegations.c"), file("c.o")),
    compileRiscv(tools, join(import.meta.dirname, "../codegen/native.c"), file("library.o")),
  ];
  // the start-up code for bare metal is never called: what it refers to need not exist
  const unused = ["data_start", "data_end", "data_load", "run"].map((symbol) => `--defsym=${symbol}=0`);
  execFileSync(tools.lld, [
    "-T",
    file("ld"),
    "-e",
    "end",
    "--gc-sections",
    ...unused,
    ...objects,
    "-o",
    file("stubs.elf"),
  ]);
  execFileSync(tools.objcopy, ["-O", "binary", file("stubs.elf"), file("stubs")]);
  const code = readFileSync(file("stubs"));

  const rom = new Uint8Array((base + code.length + 3) & ~3);
  rom.set(new Uint8Array(words.buffer));
  rom.set(code, base);
  const ram = new Uint8Array(new Uint32Array([ramAddress + 4, ...tape]).buffer);
  writeElf(file("linux"), rom, ram, ramAddress);
  new DataView(rom.buffer).setUint32(end, jump(0, 0), true);
  writeFileSync(file("bin"), rom);
  writeFileSync(file("ram"), ram);
  const output = [...machine.registers.subarray(10, 18)].map((word) => word.toString(16).padStart(8, "0")).join("");
  return { image: file("bin"), ram: file("ram"), ramAddress, linux: file("linux"), output };
}
