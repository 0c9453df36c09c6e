/** What people are told about a stop: place, registers, guest backtrace, last oracle query. */
import type { Machine } from "../engine/engine.ts";
import { disassemble, REGISTER_NAMES } from "../isa/disassemble.ts";
import { field } from "../isa/format.ts";
import { ADDRESS_SPACE, ROM_SIZE } from "../machine/layout.ts";
import type { Stop } from "../machine/stop.ts";
import { type QueryNames, queryTitle, type TapeQuery } from "../tape/tape.ts";
import { type Program, sourceAt, symbolName } from "./program.ts";

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
const readable = (address: number) => address >= 0 && address < ADDRESS_SPACE && address % 4 === 0;
const isCode = (address: number) => address < ROM_SIZE && address % 4 === 0;

/**
 * The chain of calls, innermost first, as far as it can be known: by the image's frame table (`compiler/link/frames.ts`), else only the caller in ra.
 * Where a function stands before or behind its frame (prologue, epilogue) the caller may be missed.
 */
export function backtrace(program: Program, machine: Machine): Place[] {
  const places = [placeOf(program, machine.pc)];
  let { pc } = machine;
  let sp = machine.registers[2];
  const read = new Set<number>();
  while (places.length < MAX_DEPTH) {
    const frame = program.frames.find(({ start, end }) => pc >= start && pc < end);
    const where = frame?.returnAddress ?? IN_RA;
    let caller: number | undefined;
    if (where % 4 === 0) {
      const slot = sp + where;
      caller = readable(slot) ? machine.readWord(slot) : undefined;
    } else if (!read.has(where)) {
      // one register holds one frame's return address: a second one that names it is in recursion or a prologue, and not to be known
      read.add(where);
      caller = machine.registers[where >> 2];
    }
    // a return address is behind a call; without a frame table ra may be stale, and is good for one step
    if (caller === undefined || caller === 0 || !isCode(caller) || !isCall(machine.readWord(caller - 4))) break;
    places.push(placeOf(program, caller - 4));
    if (!frame) break;
    sp += frame.frameSize;
    pc = caller - 4;
  }
  return places;
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
