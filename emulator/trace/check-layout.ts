/** Where the checker keeps its model of the machine: values at the guest's own addresses, stamps behind, and windows on the files. */
import { ADDRESS_SPACE, ENGINE, ROM_SIZE } from "../machine/layout.ts";
import { BUFFER_CALLS, BUFFER_ROWS, bytesPerCall, DELEGATION_PARTS, type DelegationPart, ROW } from "./layout.ts";

/** Delegation calls of a kind that the checker looks at before it asks for more. */
export const WINDOW_CALLS: number = BUFFER_CALLS;
/** Rows that it gets at a time. */
export const WINDOW_ROWS: number = BUFFER_ROWS;

const own = ENGINE.tables;

function windows(name: "blake2s" | "u256", start: number) {
  let at = start;
  const size = bytesPerCall(name);
  const parts = DELEGATION_PARTS.map((part) => {
    const begin = at;
    at += size[part] * WINDOW_CALLS + 64;
    return [part, begin];
  });
  return { ...(Object.fromEntries(parts) as Record<DelegationPart, number>), end: at };
}

const blake2sWindow = windows("blake2s", own + 0x1_0000);
const u256Window = windows("u256", blake2sWindow.end);

const callsAt = (start: number) =>
  Object.fromEntries(DELEGATION_PARTS.map((part, i) => [part, start + 4 * i])) as Record<DelegationPart, number>;

/** Addresses in the checker's memory. */
export const CHECK = {
  /**
   * 8 bytes a register: timestamp of the last access (`unseen`: none in this chunk), and (a word of them) value. Stamps and what they stamp differ in the low 12 bits of their addresses,
   * see `ENGINE.unwritten`: 8 % of the time
   */
  registerStamps: own + 0x800,
  registers: own + 0x900,
  /**
   * 8 bytes: what stands for no timestamp. It is random, so that no witness can claim it: the fast loop need not ask whether a register was accessed before,
   * for what a row says is not this.
   */
  unseen: own + 0x218,
  /** words: broken rule (or what is asked for), and what exactly */
  rule: own + 0x200,
  detail: own + 0x204,
  /** words: stamp of the first jump to itself, and how many there were */
  firstSelfJump: own + 0x208,
  selfJumps: own + 0x20c,
  /** words: entries of the list, words of the tape */
  locations: own + 0x210,
  tapeWords: own + 0x214,
  /** words: calls in the window, and those of them that are done */
  callsIn: { blake2s: own + 0x220, u256: own + 0x224 },
  callsDone: { blake2s: own + 0x228, u256: own + 0x22c },
  /** the challenge: six times four limbs of 8 bytes, then four of gamma; then the products of reads and of writes */
  challenge: own + 0x400,
  products: own + 0x600,
  windows: { blake2s: blake2sWindow, u256: u256Window },
  /** words: where the calls are that are looked at, part by part, in the witness's memory */
  callsAt: { blake2s: callsAt(own + 0x230), u256: callsAt(own + 0x240) },
  rows: own + 0x40_0000,
  /** a word for each word of the guest's memory, at the same distance: timestamp relative to the chunk's beginning, 0 for none in this chunk */
  stamps: ADDRESS_SPACE + 0x100_0800,
  /** words that the chunk reads from the tape: at most one a row */
  tape: 2 * ADDRESS_SPACE + 0x101_0000,
  /** the list of what was accessed in the chunk, in the order of the first accesses */
  list: 2 * ADDRESS_SPACE + 0x201_0000,
} as const;

/** An entry of the list: what the first access found, and what the last one left. */
export const ENTRY = {
  size: 32,
  place: 0,
  value: 4,
  timestamp: 8,
  firstStamp: 16,
  lastValue: 20,
  lastTimestamp: 24,
} as const;

const LIST_BYTES = 2 ** 30 + 2 ** 29;
const blocks = CHECK.list + LIST_BYTES;
/** Of blocks that have code of their own (`check-blocks.ts`): how many there may be, and addresses. */
export const BLOCKS = {
  most: 1024,
  /** a word for each word of the ROM: the number of the block that begins there */
  entries: blocks,
  /** a byte at the same distance as in `ENGINE.code`: operation numbers that were there before `BLOCK_OPERATION` */
  operations: blocks + ROM_SIZE,
  /** words by number: how often the block was not taken, one time after the other; and after how many times it is given up */
  refusals: blocks + 2 * ROM_SIZE,
  mostRefusals: 8,
  /** what rows of blocks must be, up to `templatesEnd`: below 2^31, where an address fits into an instruction */
  templates: CHECK.rows + WINDOW_ROWS * ROW.size,
  templatesEnd: own + 0x80_0000,
  end: blocks + 2 * ROM_SIZE + 0x1_0000,
} as const;
export const CHECK_PAGES: number = BLOCKS.end / 65536;
/** Operation number where a block begins: above all others. */
export const BLOCK_OPERATION = 255;
/** Beyond this many entries the host must stop: the next window might not fit. */
export const LIST_LIMIT: number = LIST_BYTES / ENTRY.size - WINDOW_ROWS * 48;
export const ROWS_BYTES: number = WINDOW_ROWS * ROW.size;

/** What the generated code found wrong, or asks for. */
export const RULE = {
  good: 0,
  pc: 1,
  instruction: 2,
  rs1: 3,
  secondPlace: 4,
  second: 5,
  thirdPlace: 6,
  third: 7,
  result: 8,
  tapeWord: 9,
  address: 10,
  jump: 11,
  delegation: 12,
  moreBlake2s: 20,
  moreU256: 21,
} as const;

/** `CHECK.detail` of a broken delegation: the kind, times 256, plus the number of the register or word. */
export const DELEGATION_DETAIL = {
  timestamp: 1,
  register: 2,
  read: 3,
  write: 4,
  operands: 5,
  registerResult: 6,
  writeResult: 7,
} as const;
