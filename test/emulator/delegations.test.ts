/** Blake2s and U256 against @noble/hashes and bigints, on every engine. */
import { blake2s } from "@noble/hashes/blake2.js";
import { expect, test } from "vitest";
import type { Machine } from "../../emulator/engine/engine.ts";
import { FULL } from "../../emulator/machine/config.ts";
import { ReplayTape } from "../../emulator/tape/device.ts";
import { assemble, END, image } from "../lib/assemble.ts";
import { ENGINES } from "../lib/engines.ts";

const [STATE, MESSAGE] = [0x300000, 0x310000];
const IV = [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];
const CONFIGURED = [IV[0] ^ 0x01010020, ...IV.slice(1)];

const words = (bytes: Uint8Array, count: number) => {
  const padded = new Uint8Array(4 * count);
  padded.set(bytes);
  return [...new Uint32Array(padded.buffer)];
};
const bytes = (list: number[]) => new Uint8Array(Uint32Array.from(list).buffer);
const put = (machine: Machine, address: number, list: number[]) =>
  list.forEach((word, i) => {
    machine.writeWord(address + 4 * i, word);
  });
const take = (machine: Machine, address: number, count: number) =>
  Array.from({ length: count }, (_, i) => machine.readWord(address + 4 * i));

const rotate = (value: number, count: number) => (value >>> count) | (value << (32 - count));

/** One round of Blake2s as the machine has it: new state and extended state, from those and the message, as words. */
function blake2sRound(before: readonly number[], input: readonly number[], round: number, control: number): number[] {
  const all = [...before];
  const [state, children] = [before.slice(0, 8), input.slice(0, 8)];
  const compression = (control & 4) !== 0;
  const message = compression ? (control & 2 ? [...children, ...state] : [...state, ...children]) : input;
  const h = compression ? CONFIGURED : state;
  if (round === 0)
    for (let i = 0; i < 16; i++) if (compression || (i !== 12 && i !== 14)) all[8 + i] = i < 8 ? h[i]! : IV[i - 8]!;
  if (round === 0 && compression) {
    all[8 + 12] = IV[4]! ^ 64;
    all[8 + 14] = ~IV[6]!;
  }
  const mix = (a: number, b: number, c: number, d: number, k: number) => {
    for (const [half, first, second] of [
      [0, 16, 12],
      [1, 8, 7],
    ] as const) {
      all[a] = (all[a]! + all[b]! + message[SIGMA[round]![k + half]!]!) | 0;
      all[d] = rotate(all[d]! ^ all[a]!, first);
      all[c] = (all[c]! + all[d]!) | 0;
      all[b] = rotate(all[b]! ^ all[c]!, second);
    }
  };
  for (let i = 0; i < 4; i++) mix(8 + i, 12 + i, 16 + i, 20 + i, 2 * i);
  for (let i = 0; i < 4; i++) mix(8 + i, 12 + ((i + 1) & 3), 16 + ((i + 2) & 3), 20 + ((i + 3) & 3), 8 + 2 * i);
  if (control & 1) for (let i = 0; i < 8; i++) all[i] = h[i]! ^ all[8 + i]! ^ all[16 + i]!;
  return all.map((word) => word >>> 0);
}

/** RFC 7693 §2.7 */
const SIGMA = [
  "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15",
  "14 10 4 8 9 15 13 6 1 12 0 2 11 7 5 3",
  "11 8 12 0 5 2 15 13 10 14 3 6 7 1 9 4",
  "7 9 3 1 13 12 11 14 2 6 5 10 4 0 15 8",
  "9 0 5 7 2 4 10 15 14 1 11 12 6 8 3 13",
  "2 12 6 10 0 11 8 3 4 13 7 5 15 14 1 9",
  "12 5 1 15 14 13 4 10 0 7 6 3 9 2 8 11",
  "13 11 7 14 12 1 3 9 5 0 15 4 8 6 2 10",
  "6 15 14 9 11 3 0 8 12 2 13 7 1 4 10 5",
  "10 2 8 4 7 6 1 5 15 11 9 14 3 12 13 0",
].map((row) => row.split(" ").map(Number));

/** A repeatable stream of 32-bit words. */
function* randomWords(seed: number): Generator<number, never> {
  for (let x = seed; ; ) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    yield x >>> 0;
  }
}

for (const [engineName, engine] of ENGINES) {
  const caller = (name: string) => engine.load(image(assemble(name), END), FULL, new ReplayTape(new Uint32Array()));
  const call = (machine: Machine, x10: number, x11: number, x12: number, x13 = 0) => {
    machine.pc = 0;
    machine.registers.set([x10, x11, x12, x13], 10);
    expect(machine.run().kind).toBe("finished");
  };
  const rounds = (machine: Machine, control: number) => {
    for (let round = 0; round < 10; round++) call(machine, STATE, MESSAGE, 1 << round, control | (round === 9 ? 1 : 0));
  };

  test(`${engineName}: Blake2s of messages`, () => {
    const machine = caller("blake2s");
    for (const length of [0, 1, 63, 64, 65, 128, 200]) {
      const message = Uint8Array.from({ length }, (_, i) => 7 * i + length);
      put(machine, STATE, CONFIGURED);
      for (let at = 0; at === 0 || at < length; at += 64) {
        const block = message.subarray(at, at + 64);
        const last = at + 64 >= length;
        put(machine, MESSAGE, words(block, 16));
        // words 12 and 14 of the extended state are the caller's: length so far, finalisation
        machine.writeWord(STATE + 32 + 48, IV[4] ^ Math.min(length, at + 64));
        machine.writeWord(STATE + 32 + 56, last ? ~IV[6] : IV[6]);
        rounds(machine, 0);
      }
      expect(bytes(take(machine, STATE, 8))).toEqual(blake2s(message));
    }
    expect(machine.delegations).toEqual({ blake2s: 12 * 10, u256: 0 });
  });

  test(`${engineName}: Blake2s of nodes`, () => {
    const machine = caller("blake2s");
    const random = randomWords(1);
    for (const isRight of [0, 2]) {
      const [child, sibling] = [0, 0].map(() => Array.from({ length: 8 }, () => random.next().value));
      put(machine, STATE, child);
      put(machine, MESSAGE, sibling);
      rounds(machine, 4 | isRight);
      const node = isRight ? [...sibling, ...child] : [...child, ...sibling];
      expect(bytes(take(machine, STATE, 8))).toEqual(blake2s(bytes(node)));
    }
  });

  test(`${engineName}: every round of Blake2s by itself, under every control, on random words`, () => {
    const machine = caller("blake2s");
    const random = randomWords(4);
    const list = (count: number) => Array.from({ length: count }, () => random.next().value);
    for (let round = 0; round < 10; round++)
      for (let control = 0; control < 8; control++)
        for (const message of [MESSAGE, MESSAGE + 4, STATE + 96, STATE - 64]) {
          const [before, input] = [list(24), list(16)];
          put(machine, STATE, before);
          put(machine, message, input);
          call(machine, STATE, message, 1 << round, control);
          expect([round, control, ...take(machine, STATE, 24)]).toEqual([
            ...[round, control],
            ...blake2sRound(before, input, round, control),
          ]);
          expect(take(machine, message, 16)).toEqual(input);
          expect([...machine.registers.subarray(10, 14)]).toEqual([STATE, message, 1 << round, control]);
        }
    expect(machine.delegations.blake2s).toBe(320);
  });

  test(`${engineName}: Blake2s refuses what its circuit cannot prove, and changes nothing`, () => {
    const machine = caller("blake2s");
    const up = Array.from({ length: 24 }, (_, i) => i + 1);
    put(machine, STATE, up);
    const refuse = (x10: number, x11: number, x12: number, x13: number) => {
      machine.pc = 0;
      machine.registers.set([x10, x11, x12, x13], 10);
      expect([x10, x11, x12, x13, machine.run().kind]).toEqual([x10, x11, x12, x13, "unprovable"]);
      expect(take(machine, STATE, 24)).toEqual(up);
      expect([...machine.registers.subarray(10, 14)]).toEqual([x10, x11, x12, x13].map((value) => value >>> 0));
      expect(machine.delegations.blake2s).toBe(0);
    };
    for (const bad of [2 ** 21 - 128, 0, 2 ** 30, 2 ** 31, 2 ** 32 - 128, STATE + 64]) refuse(bad, MESSAGE, 1, 0);
    for (const bad of [2 ** 21 - 4, 2 ** 30 - 60, 2 ** 32 - 64, MESSAGE + 2]) refuse(STATE, bad, 1, 0);
    for (let message = STATE - 60; message < STATE + 96; message += 4) refuse(STATE, message, 1, 0);
    for (const round of [0, 3, 1 << 10, 1 << 31, 0x201]) refuse(STATE, MESSAGE, round, 0);
    for (const control of [8, 16, 0x80000000]) refuse(STATE, MESSAGE, 1, control);
  });

  /** What the operation of a one-hot number does: new a, and the flag. */
  const M = 2n ** 256n;
  const meaning: Record<number, (a: bigint, b: bigint, carry: bigint) => [bigint, boolean]> = {
    1: (a, b, carry) => [a + b + carry, a + b + carry >= M],
    2: (a, b, carry) => [a - b - carry, a - b - carry < 0n],
    4: (a, b, carry) => [b - a - carry, b - a - carry < 0n],
    8: (a, b) => [a * b, a * b >= M],
    16: (a, b) => [(a * b) / M, false],
    32: (a, b) => [a, a === b],
    128: (_, b, carry) => [b + carry, b + carry >= M],
  };

  test(`${engineName}: U256`, () => {
    const machine = caller("u256");
    const random = randomWords(2);
    const top = M - 1n;
    const number = (list: number[]) => list.reduceRight((value, word) => (value << 32n) | BigInt(word), 0n);
    const limbs = (value: bigint) =>
      Array.from({ length: 8 }, (_, i) => Number((value >> BigInt(32 * i)) & 0xffffffffn));
    const one = () => number(Array.from({ length: 8 }, () => random.next().value));
    const values = [0n, 1n, top, top - 1n, 1n << 255n, (1n << 128n) - 1n, 1n << 128n, one(), one(), one()];
    for (const a of values)
      for (const b of values)
        for (const [bits, operation] of Object.entries(meaning))
          for (const carry of [0, 1]) {
            put(machine, STATE, limbs(a));
            put(machine, MESSAGE, limbs(b));
            call(machine, STATE, MESSAGE, Number(bits) | (carry << 6));
            const [result, flag] = operation(a, b, BigInt(carry));
            expect([bits, carry, a, b, number(take(machine, STATE, 8))]).toEqual([
              bits,
              carry,
              a,
              b,
              BigInt.asUintN(256, result),
            ]);
            expect(machine.registers[12]).toBe(Number(flag));
            expect(number(take(machine, MESSAGE, 8))).toBe(b);
          }
    expect(machine.delegations.u256).toBe(values.length ** 2 * 14);
  });

  test(`${engineName}: U256, long random sequences on a few numbers`, () => {
    const machine = caller("u256");
    const random = randomWords(3);
    const below = (n: number) => random.next().value % n;
    const limb = () => [0, 1, 0xffffffff, 0x80000000, random.next().value][below(5)]!;
    const address = (slot: number) => STATE + 32 * slot;
    // some have their upper limbs zero: short factors are multiplied otherwise
    const fresh = () => {
      const length = [8, 8, 2, 1, 0, 3][below(6)]!;
      return Array.from({ length: 8 }, (_, i) => (i < length ? limb() : 0));
    };
    const number = (slot: number) =>
      take(machine, address(slot), 8).reduceRight((value, word) => (value << 32n) | BigInt(word), 0n);
    const slots = 5;
    const numbers = Array.from({ length: slots }, (_, slot) => {
      put(machine, address(slot), fresh());
      return number(slot);
    });
    const check = (a: number, b: number, bits: number, carry: number) => {
      call(machine, address(a), address(b), bits | (carry << 6));
      const [result, flag] = meaning[bits]!(numbers[a]!, numbers[b]!, BigInt(carry));
      numbers[a] = BigInt.asUintN(256, result);
      expect([bits, carry, machine.registers[12], number(a), number(b)]).toEqual([
        bits,
        carry,
        Number(flag),
        numbers[a],
        numbers[b],
      ]);
    };
    for (let i = 0; i < 3000; i++) {
      const a = below(slots);
      const b = (a + 1 + below(slots - 1)) % slots;
      const bits = [1, 2, 4, 8, 16, 32, 128][below(7)]!;
      check(a, b, bits, below(2));
      // the upper half behind the lower one, of the same factors, of swapped ones, or of one that has changed since
      if (bits === 8 && below(2) === 0) {
        const copy = [...Array(slots).keys()].find((slot) => slot !== a && slot !== b)!;
        check(copy, b, 16, 0);
      }
      if (below(4) === 0) {
        const [from, to, third] = [0, 1, 2].map((n) => (a + n) % slots) as [number, number, number];
        check(to, from, 128, 0);
        check(to, third, 8, below(2));
        if (below(2) === 0) {
          machine.writeWord(address(third) + 4 * below(8), limb());
          numbers[third] = number(third);
        }
        if (below(2) === 0) check(from, third, 16, 0);
        else {
          check(to, from, 128, 0);
          check(third, to, 16, 0);
        }
      }
      if (below(8) === 0) {
        put(machine, address(a), fresh());
        numbers[a] = number(a);
      }
    }
  });

  test(`${engineName}: U256 refuses what its circuit cannot prove, and changes nothing`, () => {
    const machine = caller("u256");
    const up = [1, 2, 3, 4, 5, 6, 7, 8];
    put(machine, STATE, up);
    put(machine, MESSAGE, up.toReversed());
    const refuse = (x10: number, x11: number, x12: number) => {
      machine.pc = 0;
      machine.registers.set([x10, x11, x12], 10);
      const stop = machine.run();
      expect([x10, x11, x12, stop.kind]).toEqual([x10, x11, x12, "unprovable"]);
      expect([...machine.registers.subarray(10, 13)]).toEqual([x10, x11, x12].map((value) => value >>> 0));
      expect(machine.delegations.u256).toBe(0);
      expect([...take(machine, STATE, 8), ...take(machine, MESSAGE, 8)]).toEqual([...up, ...up.toReversed()]);
      return stop.cause;
    };
    for (const end of [2 ** 21 - 32, 0, 2 ** 30, 2 ** 31, 2 ** 32 - 32]) {
      refuse(end, MESSAGE, 1);
      refuse(STATE, end, 1);
    }
    for (const offset of [1, 2, 4, 8, 16, 31]) {
      expect(refuse(STATE + offset, MESSAGE, 1)).toBe("delegation-misaligned");
      expect(refuse(STATE, MESSAGE + offset, 1)).toBe("delegation-misaligned");
    }
    refuse(STATE, STATE, 1);
    for (let operation = 0; operation < 512; operation++)
      if (meaning[operation & ~64] === undefined) refuse(STATE, MESSAGE, operation);
    for (const operation of [0x80000001, 0xffffffff, 0x10000, 0x40000080]) refuse(STATE, MESSAGE, operation);
  });
}
