/** What people are told about a stop: place, registers, guest backtrace, last oracle query. */
import type { Machine } from "../engine/engine.ts";
import { disassemble, REGISTER_NAMES } from "../isa/disassemble.ts";
import { FORMATS, field } from "../isa/format.ts";
import { ADDRESS_SPACE, ROM_SIZE } from "../machine/layout.ts";
import type { Stop } from "../machine/stop.ts";
import { type QueryNames, queryTitle, type TapeQuery } from "../tape/tape.ts";
import { type Frame, type Program, sourceAt, symbolName } from "./program.ts";

const hex = (value: number) => "0x" + (value >>> 0).toString(16).padStart(8, "0");

export interface Place {
  readonly pc: number;
  readonly symbol?: string;
  readonly source?: string;
}

export function placeOf(program: Program, pc: number): Place {
  const symbol = symbolName(program, pc);
  const source = sourceAt(program, pc);
  return { pc, ...(symbol ? { symbol } : {}), ...(source ? { source } : {}) };
}

const MAX_DEPTH = 64;
const IN_RA = 4 * 1 + 3;
const SP = 2;
const STORE = 0x23;
const BRANCH = 0x63;
const readable = (address: number) => address >= 0 && address < ADDRESS_SPACE && address % 4 === 0;
const isCode = (address: number) => address < ROM_SIZE && address % 4 === 0;

/**
 * The chain of calls, innermost first, as far as it can be known: by the image's frame table (`compiler/link/frames.ts`), else only the caller in ra.
 * Where a function stands before or behind its frame (prologue, epilogue) the caller may be missed.
 */
export function backtrace(program: Program, machine: Machine): Place[] {
  const places = [placeOf(program, machine.pc)];
  let { pc } = machine;
  const registers = [...machine.registers];
  const read = new Set<number>();
  while (places.length < MAX_DEPTH) {
    const frame = program.frames.find(({ start, end }) => pc >= start && pc < end);
    const where = frame?.returnAddress ?? IN_RA;
    const sp = registers[SP]!;
    let caller: number | undefined;
    if (where % 4 === 0) caller = readable(sp + where) ? machine.readWord(sp + where) : undefined;
    else if (!read.has(where)) caller = registers[where >> 2];
    // a return address is behind a call; without a frame table ra may be stale, and is good for one step
    if (caller === undefined || caller === 0 || !isCode(caller) || !isCall(machine.readWord(caller - 4))) break;
    // the entry has no caller: its register still says where it called
    if (frame?.frameSize === 0 && caller - 4 === pc) break;
    places.push(placeOf(program, caller - 4));
    if (!frame) break;
    // one register holds one frame's return address, until a function within gives it back: else there is a recursion or a prologue, and no more to know
    read.add(where);
    for (const [register, slot] of savedRegisters(machine, frame)) {
      if (!readable(sp + slot)) continue;
      registers[register] = machine.readWord(sp + slot);
      read.delete(4 * register + 3);
    }
    registers[SP] = sp + frame.frameSize;
    pc = caller - 4;
  }
  return places;
}

/** Where a function keeps its caller's registers: what it stores below or above sp before it has put anything of its own into them. */
function savedRegisters(machine: Machine, { start, end }: Frame): Map<number, number> {
  const saved = new Map<number, number>();
  const own = new Set<number>();
  for (let pc = start; pc < end; pc += 4) {
    const word = machine.readWord(pc);
    const opcode = field.opcode(word);
    if (opcode === STORE && field.rs1(word) === SP) {
      const source = field.rs2(word);
      if (!own.has(source)) saved.set(source, FORMATS.S.immediate(word));
      own.add(source);
    } else if (opcode !== STORE && opcode !== BRANCH) own.add(field.rd(word));
  }
  return saved;
}

function isCall(word: number): boolean {
  const opcode = field.opcode(word);
  return (opcode === 0x6f || opcode === 0x67) && field.rd(word) !== 0;
}

export function registerDump(registers: Uint32Array): string {
  const cells = [...registers].map((value, i) => `${`x${i}`.padStart(3)} ${REGISTER_NAMES[i].padEnd(4)} ${hex(value)}`);
  return Array.from({ length: 8 }, (_, row) => cells.slice(4 * row, 4 * row + 4).join("   ")).join("\n");
}

export function placeText({ pc, symbol, source }: Place): string {
  return `${hex(pc)}${symbol ? ` ${symbol}` : ""}${source ? ` (${source})` : ""}`;
}

/** A full report of a stop that is not a normal end. */
export function stopReport(
  program: Program,
  machine: Machine,
  stop: Stop,
  lastQuery?: TapeQuery,
  names: QueryNames = {},
): string {
  const lines = [
    stop.kind === "unprovable" ? `unprovable (${stop.cause}): ${stop.message}` : `stopped (${stop.kind})`,
    `at ${placeText(placeOf(program, stop.pc))}, after ${stop.cycles} cycles`,
  ];
  if (isCode(stop.pc))
    lines.push(`  ${disassemble(machine.readWord(stop.pc), stop.pc, (a) => symbolName(program, a) ?? hex(a))}`);
  lines.push("registers", registerDump(machine.registers), "backtrace");
  backtrace(program, machine).forEach((place, i) => {
    lines.push(`  #${i} ${placeText(place)}`);
  });
  if (lastQuery)
    lines.push(
      `last oracle query: ${queryTitle(lastQuery, names)}, parameters ${lastQuery.parameters.map(hex).join(" ") || "none"}, ${lastQuery.words.length} words read`,
    );
  return lines.join("\n");
}
