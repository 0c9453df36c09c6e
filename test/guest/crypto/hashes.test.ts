/** Hashes of guest/crypto against @noble/hashes, in both modes: every length over two blocks, every alignment, random splits. */
import { blake2s } from "@noble/hashes/blake2.js";
import { ripemd160 } from "@noble/hashes/legacy.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { bytesToHex, concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { beforeAll, describe, expect, test } from "vitest";
import { type Guest, loadGuest, PROGRAM } from "../../lib/guest.ts";
import { generator, randomBytes } from "../../lib/numbers.ts";

const MESSAGE = PROGRAM;
const OUTPUT = PROGRAM + 0x8000;
const CONTEXT = PROGRAM + 0x9000;

const HASHES: Record<string, { size: number; reference: (message: Uint8Array) => Uint8Array }> = {
  keccak256: { size: 32, reference: keccak_256 },
  sha256: { size: 32, reference: sha256 },
  ripemd160: { size: 20, reference: ripemd160 },
  blake2s256: { size: 32, reference: (message) => blake2s(message) },
};

/** start, update, end; where the digest is then */
const INCREMENTAL: Record<string, [string, string, (guest: Guest) => Uint8Array]> = {
  keccak256: [
    "keccakInit",
    "keccakUpdate",
    (guest) => {
      guest.call("keccakFinish", CONTEXT, OUTPUT);
      return guest.read(OUTPUT, 32);
    },
  ],
  blake2s256: [
    "blake2sStart",
    "blake2sUpdate",
    (guest) => {
      guest.call("blake2sEnd", CONTEXT);
      return guest.read(CONTEXT, 32);
    },
  ],
};

/** Published digests: FIPS 180-4 and RIPEMD-160's authors' examples, RFC 7693 appendix B, Ethereum's empty hashes. */
const VECTORS: [string, string, string][] = [
  ["sha256", "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
  [
    "sha256",
    "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
  ],
  ["ripemd160", "", "9c1185a5c5e9fc54612808977ee8f548b2258d31"],
  ["ripemd160", "message digest", "5d0689ef49d2fae572b881b123a85ffa21595f36"],
  ["blake2s256", "abc", "508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982"],
  ["keccak256", "", "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"],
  ["keccak256", "abc", "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"],
];

describe.each([{ proving: false }, { proving: true }])("hashes, proving: $proving", ({ proving }) => {
  let guest: Guest;
  beforeAll(async () => {
    guest = await loadGuest("test/guest/crypto/hashes.as.ts", { proving });
  });

  function digest(name: string, message: Uint8Array, offset = 0): string {
    guest.write(MESSAGE + offset, message);
    guest.call(name, MESSAGE + offset, message.length, OUTPUT);
    return bytesToHex(guest.read(OUTPUT, HASHES[name]!.size));
  }

  test.each(VECTORS)("%s of %j", (name, message, expected) => {
    expect(digest(name, utf8ToBytes(message))).toBe(expected);
  });

  test.each(Object.keys(HASHES))("%s: lengths and alignments", (name) => {
    const next = generator(7);
    for (let length = 0; length <= 280; length++) {
      const message = randomBytes(next, length);
      const expected = bytesToHex(HASHES[name]!.reference(message));
      expect(digest(name, message, length & 3)).toBe(expected);
      expect(digest(name, message, (length >> 2) & 3)).toBe(expected);
    }
    const long = randomBytes(next, 5000);
    expect(digest(name, long)).toBe(bytesToHex(HASHES[name]!.reference(long)));
  });

  test.each(Object.keys(INCREMENTAL))("%s: any split", (name) => {
    const next = generator(8);
    const [start, update, end] = INCREMENTAL[name]!;
    for (let round = 0; round < 60; round++) {
      guest.call(start, CONTEXT);
      const pieces: Uint8Array[] = [];
      for (let i = next() % 9; i > 0; i--) {
        const piece = randomBytes(next, next() % (round & 1 ? 20 : 200));
        const offset = next() & 3;
        pieces.push(piece);
        guest.write(MESSAGE + offset, piece);
        guest.call(update, CONTEXT, MESSAGE + offset, piece.length);
      }
      expect(bytesToHex(end(guest))).toBe(bytesToHex(HASHES[name]!.reference(concatBytes(...pieces))));
    }
  });

  test("blake2s of two tree nodes", () => {
    const next = generator(9);
    const node = randomBytes(next, 32);
    const sibling = randomBytes(next, 32);
    for (const right of [0, 1]) {
      guest.write(CONTEXT, node);
      guest.write(MESSAGE, sibling);
      guest.call("blake2sParent", CONTEXT, MESSAGE, right);
      const pair = right ? concatBytes(sibling, node) : concatBytes(node, sibling);
      expect(bytesToHex(guest.read(CONTEXT, 32))).toBe(bytesToHex(blake2s(pair)));
      guest.write(MESSAGE, pair);
      guest.call("blake2sSingle", CONTEXT, MESSAGE, 64);
      expect(bytesToHex(guest.read(CONTEXT, 32))).toBe(bytesToHex(blake2s(pair)));
    }
  });

  test("copy at every alignment leaves its surroundings alone", () => {
    const next = generator(10);
    for (let length = 0; length < 70; length++)
      for (let alignment = 0; alignment < 16; alignment++) {
        const source = randomBytes(next, 96);
        const target = randomBytes(next, 96);
        guest.write(MESSAGE, source);
        guest.write(OUTPUT, target);
        const [from, to] = [4 + (alignment & 3), 4 + (alignment >> 2)];
        guest.call("copy", OUTPUT + to, MESSAGE + from, length);
        target.set(source.subarray(from, from + length), to);
        expect(guest.read(OUTPUT, 96)).toEqual(target);
      }
  });
});
