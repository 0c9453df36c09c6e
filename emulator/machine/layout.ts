/**
 * The machine's address space, and the engine's own area behind it. Both live in one WebAssembly memory, so that an access of the
 * guest is one access of the host; what was never touched costs nothing but address space.
 */

/** Bytes of read-only memory: `[0, ROM_SIZE)`. */
export const ROM_SIZE = 1 << 21;
/** Bytes of the whole address space; RAM is `[ROM_SIZE, ADDRESS_SPACE)`. */
export const ADDRESS_SPACE = 2 ** 30;

/** Granularity of marks of writing and of snapshots. */
export const PAGE_SHIFT = 16;
export const PAGE_SIZE = 1 << PAGE_SHIFT;
export const PAGES = ADDRESS_SPACE / PAGE_SIZE;

const base = ADDRESS_SPACE;

/** Addresses in the engine's area. A guest address is below 2^30 where it is used, so the guest cannot reach it. */
export const ENGINE = {
  /** x0…x31 as words; then one word that takes what is written to x0 */
  registers: base,
  /** words: pc, cycles left in the slice */
  pc: base + 0x100,
  left: base + 0x104,
  /** words: delegation calls since the counts were last collected */
  blake2sCalls: base + 0x108,
  u256Calls: base + 0x10c,
  /** Blake2s: the message that two children make, 64 bytes */
  message: base + 0x300,
  /** the last product of U256: factors and upper half, 32 bytes each */
  product: base + 0x400,
  /**
   * One byte a page, 0 if the page was ever written, else `UNWRITTEN`. Processors predict by the low 12 bits of an address whether a load needs a store in flight:
   * those of the marks must not be those of the registers (with 0x1_0000 a JSON parser took four times as long). Behind them is `UNWRITTEN`, to `UNWRITTEN_SIZE`
   * in all: by this table the translator checks stores (`translate/instruction-code.ts`).
   */
  unwritten: base + 0x1_0800,
  /** for the interpreter: a word for each word of ROM (operation, rd, rs1, rs2), then one for its immediate */
  code: base + 0x20_0000,
  immediates: base + 0x40_1000,
  /** free for an engine's own tables, to the end of the memory */
  tables: base + 0x80_0000,
} as const;

/** Mark of a page that was not written: -1, greater than any number of a page. */
export const UNWRITTEN = 0xff;
/** Bytes of the table of unwritten pages: an address that is not a multiple of 4, rotated right by 2 and looked up as a page, is behind its pages. */
export const UNWRITTEN_SIZE = 2 ** 18;

/** Pages of 64 KiB of the WebAssembly memory. */
export const MEMORY_PAGES = (ADDRESS_SPACE + 0x100_0000) / 65536;
