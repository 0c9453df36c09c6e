/**
 * Random contracts for blocks: the EVM fuzzer's programs, and beside its fragments what only a block has: other accounts, precompiles and system contracts with
 * inputs that mean something, self-destruction, operands at the edges of memory, storage of many slots.
 */
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { concat, uintToBytes } from "../../../host/bytes.ts";
import { Program } from "../../guest/stf/evm/generate.ts";
import type { Random } from "../../lib/random.ts";

const P = 0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47n;
const ORDER = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001n;
const SECP_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
/** The generator of G2 in the precompile's order: x imaginary, x real, y imaginary, y real. */
const G2 = [
  0x198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2n,
  0x1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6edn,
  0x090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975bn,
  0x12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daan,
];
const word = (value: bigint): Uint8Array => uintToBytes(value & ((1n << 256n) - 1n), 32);
const words = (...values: bigint[]): Uint8Array => concat(...values.map(word));

/** Input of a precompile or a system contract. */
export interface Input {
  address: bigint;
  data: Uint8Array;
}

const INPUTS: readonly ((r: Random) => Input)[] = [
  (r) => ({ address: 1n, data: ecrecoverInput(r) }),
  (r) => ({ address: 2n, data: r.bytes(r.below(200)) }),
  (r) => ({ address: 3n, data: r.bytes(r.below(200)) }),
  (r) => ({ address: 4n, data: r.bytes(r.below(300)) }),
  (r) => ({ address: 5n, data: modexpInput(r) }),
  (r) => ({ address: 6n, data: cut(r, concat(point(r), point(r))) }),
  (r) => ({ address: 7n, data: cut(r, concat(point(r), word(scalar(r)))) }),
  (r) => (r.chance(20) ? { address: 8n, data: pairingInput(r) } : { address: 8n, data: r.bytes(r.below(3) * 96) }),
  (r) => ({ address: 9n, data: r.bytes(r.pick([213, 212, 0])) }),
  (r) => ({ address: 10n, data: r.bytes(r.pick([192, 193, 0])) }),
  (r) => ({ address: 0x100n, data: r.bytes(r.pick([160, 161, 0])) }),
  (r) => ({ address: 0x8008n, data: messageInput(r) }),
  (r) => ({ address: 0x800an, data: withdrawalInput(r) }),
  (r) => ({ address: 0x8006n, data: cut(r, concat(Uint8Array.of(0xf6, 0xec, 0xa0, 0xb0), r.bytes(128))) }),
];

/** Mostly whole, sometimes shorter or longer. */
function cut(r: Random, data: Uint8Array): Uint8Array {
  if (r.chance(70)) return data;
  return r.chance(50) ? data.slice(0, r.below(data.length + 1)) : concat(data, r.bytes(r.below(70)));
}

export function randomInput(r: Random): Input {
  return r.pick(INPUTS)(r);
}

function ecrecoverInput(r: Random): Uint8Array {
  const hash = r.chance(10) ? word(r.pick([0n, SECP_ORDER, (1n << 256n) - 1n])) : r.bytes(32);
  const key = word(1n + r.bits(r.pick([8, 250])));
  const signature = secp256k1.sign(hash, key, { prehash: false, format: "recovered", lowS: r.chance(50) });
  let v = 27n + BigInt(signature[0]!);
  let [first, second]: Uint8Array[] = [signature.slice(1, 33), signature.slice(33)];
  const odd = () =>
    word(r.pick([0n, 1n, 2n, SECP_ORDER - 1n, SECP_ORDER, SECP_ORDER + 1n, (1n << 256n) - 1n, r.bits(256)]));
  if (r.chance(15)) first = odd();
  if (r.chance(15)) second = odd();
  if (r.chance(10)) v = r.pick([0n, 26n, 27n, 28n, 29n, 1n << 255n]);
  return cut(r, concat(hash, word(v), first, second));
}

function modexpInput(r: Random): Uint8Array {
  const length = () => r.pick([0, 1, 2, 31, 32, 33, 63, 64, 65, 96, r.below(150)]);
  const [base, exponent, modulus] = [length(), r.chance(70) ? r.below(6) : r.below(40), length()];
  const number = (count: number) =>
    r.chance(80) ? r.bytes(count) : r.chance(50) ? new Uint8Array(count) : new Uint8Array(count).fill(255);
  const lengths = [base, exponent, modulus].map((n) => (r.chance(97) ? BigInt(n) : r.bits(r.pick([16, 32, 64, 256]))));
  const mod = number(modulus);
  if (r.chance(30) && modulus) mod[modulus - 1]! &= 0xfe;
  return cut(r, concat(words(...lengths), number(base), number(exponent), mod));
}

/** A point of G1: small multiples of the generator by doubling and adding in the precompile are not at hand, so known ones, their negatives, infinity, and wrong ones. */
function point(r: Random): Uint8Array {
  const doubled: [bigint, bigint] = [
    0x030644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd3n,
    0x15ed738c0e0a7c92e7845f96b2ae9c0a68a6a449e3538fc7ff3ebf7a5a18a2c4n,
  ];
  const [x, y] = r.pick([[1n, 2n], [1n, P - 2n], doubled, [doubled[0], P - doubled[1]], [0n, 0n]] as const);
  if (r.chance(90)) return words(x, y);
  return r.pick([words(x, y + P), words(x + P, y), words(0n, 2n), words(x, y + 1n), words(P, 0n), words(P, P)]);
}

function scalar(r: Random): bigint {
  const edge = r.pick([0n, 1n, 2n, 3n, ORDER - 1n, ORDER, ORDER + 1n, 2n * ORDER, (1n << 256n) - 1n, 1n << 128n]);
  return r.chance(50) ? edge : r.bits(r.pick([8, 64, 128, 254, 256]));
}

function pairingInput(r: Random): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let i = r.below(4); i >= 0; i--) {
    const negated = [G2[0]!, G2[1]!, P - G2[2]!, P - G2[3]!];
    const g2 = r.chance(80) ? words(...r.pick([G2, negated])) : r.pick([words(0n, 0n, 0n, 0n), words(1n, 2n, 3n, 4n)]);
    parts.push(point(r), g2);
  }
  return cut(r, concat(...parts));
}

function messageInput(r: Random): Uint8Array {
  const message = r.bytes(r.below(100));
  const padding = new Uint8Array((32 - (message.length % 32)) % 32);
  const head = words(
    r.chance(95) ? 32n : r.bits(64),
    r.chance(90) ? BigInt(message.length) : r.bits(r.pick([8, 32, 256])),
  );
  return cut(r, concat(Uint8Array.of(0x62, 0xf8, 0x4b, 0x24), head, message, padding));
}

function withdrawalInput(r: Random): Uint8Array {
  const receiver = words(r.bits(r.chance(90) ? 160 : 256));
  if (r.chance(50)) return cut(r, concat(Uint8Array.of(0x51, 0xcf, 0xf8, 0xd9), receiver));
  const message = r.bytes(r.below(80));
  const head = words(
    r.chance(85) ? 64n : r.bits(r.pick([7, 32, 256])),
    r.chance(85) ? BigInt(message.length) : r.bits(r.pick([8, 32, 256])),
  );
  return cut(r, concat(Uint8Array.of(0x84, 0xbc, 0x3e, 0xb0), receiver, head, message));
}

/** Operands that no memory has. */
const EXTREME = [
  0xffff_ffffn,
  1n << 32n,
  (1n << 32n) - 32n,
  1n << 31n,
  1n << 63n,
  (1n << 64n) - 1n,
  (1n << 256n) - 1n,
  0x20_0000n,
];

export class BlockProgram extends Program {
  readonly addresses: readonly bigint[];

  constructor(random: Random, addresses: readonly bigint[]) {
    super(random);
    this.addresses = addresses;
  }

  override address(): void {
    const r = this.random;
    this.push(r.chance(92) ? r.pick(this.addresses) : r.bits(r.pick([4, 16, 160, 256])));
  }

  override small(): void {
    const r = this.random;
    if (r.below(150) === 0) this.push(r.pick(EXTREME));
    else super.small();
  }

  override nested(level: number, length: number): number[] {
    return blockProgram(this.random, this.addresses, level, length);
  }

  override fragment(level: number): void {
    const r = this.random;
    switch (r.below(40)) {
      case 0:
      case 1:
      case 2:
        this.callWithInput(randomInput(r));
        break;
      case 3:
        if (r.chance(25)) {
          this.address();
          this.name("SELFDESTRUCT");
        }
        break;
      case 4:
        this.manySlots();
        break;
      case 5:
        this.need(1);
        this.push(r.bits(r.pick([8, 256])));
        this.name(r.pick(["SSTORE", "TSTORE"]));
        break;
      case 6:
        this.push(r.bits(r.pick([8, 256])));
        this.name(r.pick(["SLOAD", "TLOAD"]));
        break;
      case 7:
        if (r.chance(20)) this.recurse();
        break;
      default:
        super.fragment(level);
    }
  }

  /** Puts the input into memory and calls; the input is whole, so that the callee gets far. */
  callWithInput({ address, data }: Input): void {
    const r = this.random;
    for (let at = 0; at < data.length; at += 32) {
      const part = new Uint8Array(32);
      part.set(data.subarray(at, at + 32));
      this.push(BigInt(`0x${Buffer.from(part).toString("hex")}`));
      this.push(BigInt(at));
      this.name("MSTORE");
    }
    const name = r.pick(["CALL", "CALL", "CALL", "STATICCALL", "DELEGATECALL", "CALLCODE"]);
    this.push(BigInt(r.below(100)));
    this.push(BigInt(r.below(300)));
    this.push(BigInt(data.length));
    this.push(0n);
    if (name === "CALL" || name === "CALLCODE")
      this.push(r.chance(address === 0x800an ? 40 : 85) ? 0n : BigInt(r.below(100)));
    this.push(address);
    if (r.chance(80)) this.name("GAS");
    else this.push(BigInt(r.below(60_000)));
    this.name(name);
  }

  /** A run of slots, read or written. */
  manySlots(): void {
    const r = this.random;
    const first = r.bits(r.pick([4, 256]));
    for (let i = 0n, n = BigInt(r.below(12)); i < n; i++) {
      if (r.chance(60)) {
        this.push(r.chance(40) ? 0n : r.bits(r.pick([8, 64, 256])));
        this.push((first + i) & ((1n << 256n) - 1n));
        this.name("SSTORE");
      } else {
        this.push((first + i) & ((1n << 256n) - 1n));
        this.name("SLOAD");
      }
    }
  }

  /** Calls itself with all its gas. */
  recurse(): void {
    for (let i = 0; i < 5; i++) this.push(0n);
    this.name("ADDRESS");
    this.name("GAS");
    this.name("CALL");
  }
}

export function blockProgram(random: Random, addresses: readonly bigint[], level: number, length: number): number[] {
  const program = new BlockProgram(random, addresses);
  for (let i = 0; i < length; i++) program.fragment(level);
  program.finish();
  return program.out;
}
