/** Writes addresses into instruction words (RISC-V unprivileged specification, section 2.2: immediate encodings). */
import { InputError } from "../errors.ts";
import type { Placed } from "./layout.ts";
import type { ObjectData, ObjectFunction, Relocation } from "./object.ts";

/** A jump, branch or call whose target is too far: code generation must use the longer form there. */
export class OutOfRange extends InputError {
  readonly function: string;
  readonly relocation: Relocation;

  constructor(caller: string, relocation: Relocation, distance: number) {
    super(
      `${relocation.kind} does not reach ${relocation.symbol}: ${distance} bytes away`,
      `${caller}, word ${relocation.at}`,
      "make the image smaller",
    );
    this.function = caller;
    this.relocation = relocation;
  }
}

interface Site {
  readonly caller: string;
  readonly relocation: Relocation;
  /** address of the first word */
  readonly pc: number;
  /** address that it refers to, addend included */
  readonly target: number;
}

type Patch = (words: Uint32Array, at: number, site: Site) => void;

const iType = (word: number, imm: number): number => (word & 0x000f_ffff) | ((imm & 0xfff) << 20);
const sType = (word: number, imm: number): number =>
  (word & 0x01ff_f07f) | (((imm >> 5) & 0x7f) << 25) | ((imm & 0x1f) << 7);
const uType = (word: number, imm: number): number => (word & 0xfff) | (imm & 0xffff_f000);
const bType = (word: number, imm: number): number =>
  (word & 0x01ff_f07f) |
  (((imm >> 12) & 1) << 31) |
  (((imm >> 5) & 0x3f) << 25) |
  (((imm >> 1) & 0xf) << 8) |
  (((imm >> 11) & 1) << 7);
const jType = (word: number, imm: number): number =>
  (word & 0xfff) |
  (((imm >> 20) & 1) << 31) |
  (((imm >> 1) & 0x3ff) << 21) |
  (((imm >> 11) & 1) << 20) |
  (((imm >> 12) & 0xff) << 12);

/** `lui` or `auipc` part of a value whose low part is a sign-extended 12-bit immediate. */
const high = (value: number): number => (value + 0x800) & 0xffff_f000;

const within = (value: number, bits: number): boolean => value >= -(2 ** (bits - 1)) && value < 2 ** (bits - 1);

const JAL_BITS = 21;
export const jalReaches = (from: number, to: number): boolean => within(to - from, JAL_BITS);

function distance(site: Site, bits: number): number {
  const value = site.target - site.pc;
  if (!within(value, bits)) throw new OutOfRange(site.caller, site.relocation, value);
  return value;
}

const patches: Record<Relocation["kind"], Patch> = {
  jal: (words, at, site) => {
    words[at] = jType(words[at], distance(site, JAL_BITS));
  },
  branch: (words, at, site) => {
    words[at] = bType(words[at], distance(site, 13));
  },
  call: (words, at, site) => {
    const offset = site.target - site.pc;
    words[at] = uType(words[at], high(offset));
    words[at + 1] = iType(words[at + 1], offset);
  },
  hi20: (words, at, { target }) => {
    words[at] = uType(words[at], high(target));
  },
  lo12i: (words, at, { target }) => {
    words[at] = iType(words[at], target);
  },
  lo12s: (words, at, { target }) => {
    words[at] = sType(words[at], target);
  },
  word: (words, at, { target }) => {
    words[at] = target;
  },
};

/** The words of a placed function or data item, with its relocations applied. */
export function relocate(
  words: Uint32Array,
  { item, start }: Placed<Pick<ObjectFunction | ObjectData, "symbol" | "relocations">>,
  addresses: ReadonlyMap<string, number>,
): Uint32Array {
  const result = words.slice();
  for (const relocation of item.relocations) {
    const address = addresses.get(relocation.symbol);
    if (address === undefined) throw new Error(`${item.symbol} refers to ${relocation.symbol}, which is nowhere`);
    const site = {
      caller: item.symbol,
      relocation,
      pc: start + relocation.at * 4,
      target: address + relocation.addend,
    };
    patches[relocation.kind](result, relocation.at, site);
  }
  return result;
}
