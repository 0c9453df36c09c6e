/** The host functions of module "windproof" in JavaScript, for guest code that a test runs in V8. Bigints: the meaning, not the speed. */
import { answerHint } from "../../host/oracle/hints.ts";
import { fromWords, toWords } from "../../host/oracle/words.ts";

/** A guest called `unprovable()`. */
export class Unprovable extends Error {
  constructor() {
    super("unprovable");
  }
}

/** Lets a test change what is read: word number `index` of the tape (0 first) that the honest host answers with `word`. */
export type Tamper = (word: number, index: number) => number;

/** Counts and knobs of a machine, and its finish words. */
export interface MachineState {
  u256Calls: number;
  blake2sCalls: number;
  wordsRead: number;
  tamper: Tamper | undefined;
  output: number[] | undefined;
}

const MASK = (1n << 256n) - 1n;

/** Result and x12 of each U256 operation; `c` is the carry-in. Airbender's u256_ops_with_control.rs. */
const OPERATIONS = new Map<number, (a: bigint, b: bigint, c: bigint) => [bigint, boolean]>([
  [1, (a, b, c) => [a + b + c, a + b + c > MASK]],
  [2, (a, b, c) => [a - b - c, a - b - c < 0n]],
  [4, (a, b, c) => [b - a - c, b - a - c < 0n]],
  [8, (a, b) => [a * b, a * b > MASK]],
  [16, (a, b) => [(a * b) >> 256n, false]],
  [32, (a, b) => [a, a === b]],
  [128, (_, b, c) => [b + c, b + c > MASK]],
]);

const IV = [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];
const CONFIGURED_IV = IV.map((word, i) => (i === 0 ? (word ^ 0x01010020) >>> 0 : word));
// biome-ignore format: the table of RFC 7693 section 2.7
const SIGMA = [
  [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
  [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4], [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
  [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13], [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
  [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11], [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
  [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5], [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
];
const MIX = [
  [0, 4, 8, 12],
  [1, 5, 9, 13],
  [2, 6, 10, 14],
  [3, 7, 11, 15],
  [0, 5, 10, 15],
  [1, 6, 11, 12],
  [2, 7, 8, 13],
  [3, 4, 9, 14],
];

function mixRound(v: Uint32Array, message: Uint32Array, sigma: number[]): void {
  const rotate = (x: number, n: number) => (x >>> n) | (x << (32 - n));
  MIX.forEach(([a, b, c, d], i) => {
    v[a!] = v[a!]! + v[b!]! + message[sigma[2 * i]!]!;
    v[d!] = rotate(v[d!]! ^ v[a!]!, 16);
    v[c!] = v[c!]! + v[d!]!;
    v[b!] = rotate(v[b!]! ^ v[c!]!, 12);
    v[a!] = v[a!]! + v[b!]! + message[sigma[2 * i + 1]!]!;
    v[d!] = rotate(v[d!]! ^ v[a!]!, 8);
    v[c!] = v[c!]! + v[d!]!;
    v[b!] = rotate(v[b!]! ^ v[c!]!, 7);
  });
}

function demand(condition: boolean, what: string): void {
  if (!condition) throw new Error(`delegation refused: ${what}`);
}

const RAM = 1 << 21;

let last: { key: string; words: Uint32Array } | undefined;

/** A hint's answer; forged runs ask the same question again and again. */
function answerOnce(question: number[]): Uint32Array {
  const key = question.join();
  if (last?.key !== key) last = { key, words: answerHint(question[0]!, Uint32Array.from(question.slice(2))) };
  return last.words;
}

/** The import object's "windproof" module over a memory that exists only after instantiation. */
export function createMachine(memory: () => WebAssembly.Memory): {
  state: MachineState;
  imports: Record<string, (...args: number[]) => unknown>;
} {
  const state: MachineState = { u256Calls: 0, blake2sCalls: 0, wordsRead: 0, tamper: undefined, output: undefined };
  let question: number[] = [];
  let answer: number[] = [];
  const words = () => new Uint32Array(memory().buffer);
  const imports = {
    tape_write(word: number): void {
      question.push(word >>> 0);
      if (question.length < 2 || question.length < 2 + question[1]!) return;
      if (answer.length) throw new Error(`a query begins while ${answer.length} answer words are unread`);
      const words = answerOnce(question);
      answer = [words.length, ...words];
      question = [];
    },
    tape_read(): number {
      if (!answer.length) throw new Unprovable();
      const word = answer.shift()!;
      const index = state.wordsRead++;
      return state.tamper ? state.tamper(word, index) : word;
    },
    u256_op(a: number, b: number, control: number): number {
      demand(a % 32 === 0 && b % 32 === 0, `u256 operands at 0x${a.toString(16)}, 0x${b.toString(16)} are not aligned`);
      demand(a >= RAM && b >= RAM && a !== b, `u256 operands at 0x${a.toString(16)}, 0x${b.toString(16)}`);
      const operation = OPERATIONS.get(control & ~64);
      if (!operation) throw new Error(`delegation refused: u256 control 0x${control.toString(16)}`);
      const m = words();
      const [result, flag] = operation(fromWords(m, a >> 2), fromWords(m, b >> 2), control & 64 ? 1n : 0n);
      m.set(toWords(result & MASK), a >> 2);
      state.u256Calls++;
      return flag ? 1 : 0;
    },
    blake2s_round(at: number, message: number, round: number, control: number): void {
      demand(at % 128 === 0 && message % 4 === 0 && at >= RAM && message >= RAM, "blake2s operands");
      demand(message + 64 <= at || at + 96 <= message, "blake2s message overlaps the state");
      const index = 31 - Math.clz32(round);
      demand(round === 1 << index && index < 10 && control < 8, `blake2s round ${round}, control ${control}`);
      const m = words();
      const h = m.subarray(at >> 2, (at >> 2) + 8);
      const v = m.subarray((at >> 2) + 8, (at >> 2) + 24);
      let block = m.slice(message >> 2, (message >> 2) + 16);
      const compression = (control & 4) !== 0;
      if (compression) {
        const pair = control & 2 ? [block.slice(0, 8), h] : [h, block.slice(0, 8)];
        block = Uint32Array.from([...pair[0]!, ...pair[1]!]);
        if (index === 0) {
          v.set([...CONFIGURED_IV, ...IV]);
          v[12]! ^= 64;
          v[14]! ^= 0xffffffff;
        }
      } else if (index === 0) {
        v.set(h);
        for (const i of [0, 1, 2, 3, 5, 7]) v[8 + i] = IV[i]!;
      }
      mixRound(v, block, SIGMA[index]!);
      if (control & 1) {
        if (compression) h.set(CONFIGURED_IV);
        for (let i = 0; i < 8; i++) h[i]! ^= v[i]! ^ v[i + 8]!;
      }
      state.blake2sCalls++;
    },
    finish(...output: number[]): void {
      state.output = output.map((word) => word >>> 0);
    },
    unprovable(): void {
      question = [];
      answer = [];
      throw new Unprovable();
    },
    marker(): void {},
  };
  return { state, imports };
}
