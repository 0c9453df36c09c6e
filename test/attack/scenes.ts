/** Blocks at the edges: what an adversary would send to make the guest stop where ZKsync OS has a result, or differ from it. */
import { secp256k1 } from "@noble/curves/secp256k1.js";
import type { BlockBundle } from "../../host/blocks/bundle.ts";
import { concat, uintToBytes } from "../../host/bytes.ts";
import { MemoryTree } from "../../host/state/memory-tree.ts";
import { State } from "../../host/state/state.ts";
import type { Fields } from "../fuzz/block/encode.ts";
import { bytecode, type Item } from "../lib/bytecode.ts";
import { address, oneTransaction } from "./one-transaction.ts";

const MAX = (1n << 256n) - 1n;
const word = (value: bigint | number): Uint8Array => uintToBytes(BigInt(value) & MAX, 32);
const words = (...values: (bigint | number)[]): Uint8Array => concat(...values.map(word));
const CONTRACT = (0xc0den << 64n) | 1n;

/** A transaction that calls a contract with this code. */
function call(code: readonly Item[], fields: Partial<Fields> = {}): BlockBundle {
  return oneTransaction({ to: address(CONTRACT), gasLimit: 30_000_000n, ...fields }, (state) => {
    state.setAccount(address(CONTRACT), { ...state.accountWithCode(bytecode(...code)), balance: 1000n });
  });
}

function deploy(data: Uint8Array, fields: Partial<Fields> = {}): BlockBundle {
  return oneTransaction({ to: address(0n), reserved: [0n, 1n, 0n, 0n], gasLimit: 30_000_000n, data, ...fields });
}

/** Calls (address, length, data)… from its calldata and stores a hash over all results. */
// biome-ignore format: one line a step
const BATCH: readonly Item[] = [
  0,
  { label: "loop" }, "CALLDATASIZE", "DUP2", "LT", "ISZERO", { to: "end" }, "JUMPI",
  "DUP1", 32, "ADD", "CALLDATALOAD",                             // length, ptr
  "DUP1", "DUP3", 64, "ADD", 64, "CALLDATACOPY",
  0, 0, "DUP3", 64, 0, "DUP7", "CALLDATALOAD", 2_000_000, "CALL", // success, length, ptr
  32, "MSTORE",
  "RETURNDATASIZE", 0, 64, "RETURNDATACOPY",
  "RETURNDATASIZE", 64, "ADD", 0, "KECCAK256", 0, "MSTORE",
  "ADD", 64, "ADD", { to: "loop" }, "JUMP",
  { label: "end" }, 0, "MLOAD", 0, "SSTORE", 32, 0, "RETURN",
];

function batch(to: bigint, inputs: readonly Uint8Array[]): BlockBundle {
  const data = concat(...inputs.map((input) => concat(word(to), word(input.length), input)));
  return call(BATCH, { data, gasLimit: 4_000_000_000n });
}

/** A loop of `count` turns over `body`, which finds the counter on the stack and leaves it there. */
const loop = (count: number, ...body: Item[]): Item[] => [
  count,
  { label: "again" },
  ...body,
  1,
  "SWAP1",
  "SUB",
  "DUP1",
  { to: "again" },
  "JUMPI",
];

const N = secp256k1.Point.CURVE().n;
/** The endomorphism's factor. */
const LAMBDA = 0x5363ad4cc05c30e0a5261c028812645a122e22ea20816678df02967c1b23bd72n;

/** Signatures whose points and scalars meet in every way: R and Q among ±G, ±2G, λG, equal or opposite to each other, infinity. */
function recoveries(): Uint8Array[] {
  const out: Uint8Array[] = [];
  for (const k of [1n, 2n, N - 1n, LAMBDA, N - LAMBDA, 0x1234_5678n]) {
    const point = secp256k1.Point.BASE.multiply(k).toAffine();
    const r = point.x % N;
    for (const s of [1n, 2n, N - 1n, (N + 1n) / 2n, LAMBDA]) {
      // Q = (s·k − z) / r · G: z that gives Q = 0, ±G, ±R, λG, 2G
      const zFor = (q: bigint) => (((s * k - r * q) % N) + N) % N;
      const zs = [0n, 1n, N, MAX, ...[0n, 1n, N - 1n, k, N - k, LAMBDA, 2n].map(zFor)];
      for (const z of zs) out.push(words(z, 27n + (point.y & 1n), r, s));
    }
  }
  const big = [0n, 1n, N - 1n, N, N + 1n, MAX, 5n];
  for (const r of big) for (const s of big) out.push(words(7n, 27n, r, s), words(7n, 28n, r, s));
  return out;
}

/** An upgrade that deploys the contract's code, 5 bytes of it, to another address, saying that it has `length`; then a call there. */
function forced(length: number): BlockBundle {
  const code = bytecode("ADDRESS", 1, "SSTORE", "STOP");
  const prepare = (state: State) => state.setAccount(address(CONTRACT), state.accountWithCode(code));
  const state = new State(new MemoryTree());
  const { bytecodeHash, observableBytecodeHash } = state.accountWithCode(code);
  const target = CONTRACT + 1n;
  const upgrade = oneTransaction(
    {
      type: 0xfe,
      from: address(0x800fn),
      to: address(0x8006n),
      maxFee: 0n,
      priorityFee: 0n,
      reserved: [0n, CONTRACT, 0n, 0n],
      data: concat(
        Uint8Array.of(0xf6, 0xec, 0xa0, 0xb0),
        words(target, BigInt(bytecodeHash), length, BigInt(observableBytecodeHash)),
      ),
    },
    prepare,
  );
  const call = oneTransaction({ to: address(target) }, prepare);
  return { ...upgrade, transactions: [...upgrade.transactions, ...call.transactions] };
}

const P = 0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47n;
const R = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001n;
/** Cube root of 1 modulo R, and its square: the endomorphism of G1. */
const OMEGA = 0xb3c4d79d41a917585bfc41088d8daaa78b17ea66b99c90ddn;
const DOUBLED: [bigint, bigint] = [
  0x030644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd3n,
  0x15ed738c0e0a7c92e7845f96b2ae9c0a68a6a449e3538fc7ff3ebf7a5a18a2c4n,
];
const G1: [bigint, bigint][] = [[1n, 2n], [1n, P - 2n], DOUBLED, [DOUBLED[0], P - DOUBLED[1]], [0n, 0n]];
const BAD_G1: [bigint, bigint][] = [
  [0n, 2n],
  [1n, 2n + P],
  [1n + P, 2n],
  [P, P],
  [MAX, MAX],
];
const G2: bigint[] = [
  0x198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2n,
  0x1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6edn,
  0x090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975bn,
  0x12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daan,
];
const MINUS_G2 = [G2[0]!, G2[1]!, P - G2[2]!, P - G2[3]!];
const NO_G2 = [0n, 0n, 0n, 0n];

function multiplications(): Uint8Array[] {
  const scalars = [
    0n,
    1n,
    2n,
    3n,
    R - 1n,
    R,
    R + 1n,
    2n * R,
    R - 2n,
    OMEGA,
    (OMEGA * OMEGA) % R,
    R - OMEGA,
    (R + 1n) / 2n,
    1n << 127n,
    (1n << 128n) - 1n,
    MAX,
  ];
  return [...G1, ...BAD_G1].flatMap(([x, y]) => scalars.map((k) => words(x, y, k)));
}

function additions(): Uint8Array[] {
  return [...G1, ...BAD_G1].flatMap(([x, y]) => [...G1, ...BAD_G1].map(([u, v]) => words(x, y, u, v)));
}

function pairings(): Uint8Array[] {
  const pair = (p: [bigint, bigint], q: bigint[]) => words(...p, ...q);
  const [g, minus, , , none] = G1 as [[bigint, bigint], [bigint, bigint], never, never, [bigint, bigint]];
  return [
    new Uint8Array(),
    pair(g, G2),
    pair(none, G2),
    pair(g, NO_G2),
    pair(none, NO_G2),
    concat(pair(g, G2), pair(minus, G2)),
    concat(pair(g, G2), pair(g, MINUS_G2)),
    concat(pair(none, G2), pair(g, G2), pair(minus, G2), pair(g, NO_G2)),
    // on the curve's field, not on the twist; and not whole
    pair(g, [1n, 2n, 3n, 4n]),
    pair(none, [1n, 2n, 3n, 4n]),
    pair(g, G2).slice(1),
  ];
}

/** Lengths that are odd, zero, long; moduli zero, one, even, powers of two, all ones. */
function exponentiations(): Uint8Array[] {
  const out: Uint8Array[] = [];
  const filled = (length: number, last: number, rest = 0xff) => {
    const bytes = new Uint8Array(length).fill(rest);
    if (length) bytes[length - 1] = last;
    return bytes;
  };
  for (const modulus of [0, 1, 2, 31, 32, 33, 64, 65, 96]) {
    for (const [base, exponent] of [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
      [32, 3],
      [33, 32],
      [65, 33],
      [100, 4],
      [200, 1],
    ] as const) {
      for (const m of [filled(modulus, 0xff), filled(modulus, 0xfe), filled(modulus, 1, 0), filled(modulus, 0, 0)]) {
        out.push(concat(words(base, exponent, modulus), filled(base, 7), filled(exponent, 5), m));
      }
    }
  }
  for (const lengths of [
    [1n << 32n, 1n, 1n],
    [1n, 1n << 32n, 1n],
    [1n, 1n, 1n << 32n],
    [0n, MAX, 0n],
    [0n, 1n << 20n, 1n],
    [0xffff_ffffn, 1n, 1n],
  ]) {
    out.push(words(...lengths));
  }
  return out;
}

/** Code at the formal address whose storage holds the accounts' hashes: no deployment leads there, but a state could have it. */
function formal(code: readonly Item[]): BlockBundle {
  return oneTransaction({ to: address(0x8003n), gasLimit: 3_000_000n }, (state) => {
    state.setAccount(address(0x8003n), state.accountWithCode(bytecode(...code)));
  });
}

/** Each answers a block; names say what is tried. */
export const SCENES: Readonly<Record<string, () => BlockBundle>> = {
  "calls to the last depth": () =>
    call([1, 0, "SLOAD", "ADD", 0, "SSTORE", 0, 0, 0, 0, 0, "ADDRESS", "GAS", "CALL", 0, "MSTORE", 32, 0, "RETURN"], {
      gasLimit: 60_000_000_000n,
    }),
  "creations to the last depth": () =>
    call(["CODESIZE", 0, 0, "CODECOPY", "CODESIZE", 0, 0, "CREATE", 0, "SSTORE"], { gasLimit: 60_000_000_000n }),
  "static calls and delegate calls in turns": () =>
    call([0, 0, 0, 0, "ADDRESS", "GAS", "DELEGATECALL", "POP", 0, 0, 0, 0, "ADDRESS", "GAS", "STATICCALL", "POP"], {
      gasLimit: 3_000_000n,
    }),
  "code of 24576 bytes": () => deploy(bytecode(0x6000, 0, "RETURN")),
  "code of 24577 bytes": () => deploy(bytecode(0x6001, 0, "RETURN")),
  "code of 24576 bytes that is called": () =>
    call([
      0x6000_5ff3n,
      0,
      "MSTORE",
      4,
      28,
      0,
      "CREATE",
      0,
      0,
      0,
      0,
      0,
      "DUP6",
      "GAS",
      "CALL",
      "POP",
      "EXTCODEHASH",
      0,
      "SSTORE",
    ]),
  "initcode of 49152 bytes": () => deploy(new Uint8Array(49152)),
  "initcode of 49153 bytes": () => deploy(new Uint8Array(49153)),
  "initcode of 49152 and 49153 bytes in a contract": () =>
    call([49152, 0, 0, "CREATE", 0, "SSTORE", 49153, 0, 0, "CREATE", 1, "SSTORE"]),
  "initcode that ends in a PUSH32": () => deploy(concat(bytecode(1, 1, "SSTORE"), Uint8Array.of(0x7f, 1, 2))),
  "calldata of 128 KB": () =>
    call(["CALLDATASIZE", 0, 0, "CALLDATACOPY", "CALLDATASIZE", 0, "KECCAK256", 0, "SSTORE"], {
      data: new Uint8Array(131072).fill(0xa5),
      gasLimit: 60_000_000n,
    }),
  "memory of 64 MB": () => call([1, (1 << 26) - 32, "MSTORE", "MSIZE", 0, "SSTORE"], { gasLimit: 60_000_000_000n }),
  "memory of 128 MB": () => call([1, (1 << 27) - 64, "MSTORE", "MSIZE", 0, "SSTORE"], { gasLimit: 600_000_000_000n }),
  "600 new slots": () => call(loop(600, "DUP1", "DUP1", "SSTORE"), { gasLimit: 30_000_000n }),
  "600 slots that are read": () => call(loop(600, "DUP1", "SLOAD", "POP"), { gasLimit: 30_000_000n }),
  "3000 transient slots": () => call(loop(3000, "DUP1", "DUP1", "TSTORE"), { gasLimit: 30_000_000n }),
  "2000 events": () => call(loop(2000, 1, 2, 3, 4, 64, 0, "LOG4"), { gasLimit: 30_000_000n }),
  "300 messages to L1": () =>
    call([
      0x62f84b24n << 224n,
      0,
      "MSTORE",
      32,
      4,
      "MSTORE",
      32,
      36,
      "MSTORE",
      ...loop(300, "DUP1", 68, "MSTORE", 0, 0, 100, 0, 0, 0x8008, "GAS", "CALL", "POP"),
    ]),
  "return data beyond its end": () =>
    call(["CODESIZE", 0, 0, "CODECOPY", 0, 0, 64, 0, 0, 4, "GAS", "CALL", "POP", 0, MAX, 0, "RETURNDATACOPY"]),
  "return data at its end": () =>
    call([0, 0, 64, 0, 0, 4, "GAS", "CALL", "POP", 0, 64, MAX, "RETURNDATACOPY", 1, 0, "SSTORE"]),
  "extreme offsets of copies": () =>
    call([
      32,
      MAX,
      0,
      "CALLDATACOPY",
      32,
      0xffff_ffff,
      32,
      "CODECOPY",
      0,
      MAX,
      MAX,
      "CALLDATACOPY",
      0,
      MAX,
      MAX,
      "MCOPY",
      0,
      "MLOAD",
      0,
      "SSTORE",
      1,
      MAX,
      0,
      "ADDRESS",
      "EXTCODECOPY",
      0,
      MAX,
      "LOG0",
      7,
      1,
      "SSTORE",
    ]),
  "calls with extreme regions": () =>
    call([0, MAX, 0, MAX, 0, 4, "GAS", "CALL", 0, "SSTORE", 0xffff_ffff, 1, 0, 0, 0, 4, "GAS", "CALL", 1, "SSTORE"]),
  "the same CREATE2 twice": () =>
    call([0x6001_5ff3n, 0, "MSTORE", 5, 4, 28, 0, "CREATE2", 0, "SSTORE", 5, 4, 28, 0, "CREATE2", 1, "SSTORE"]),
  "CREATE2 where there was money": () =>
    call([
      0,
      0,
      0,
      0,
      5,
      0xabcd,
      "GAS",
      "CALL",
      "POP",
      9,
      0,
      0,
      3,
      "CREATE2",
      "DUP1",
      0,
      "SSTORE",
      0,
      0,
      0,
      0,
      5,
      "DUP6",
      "GAS",
      "CALL",
      "POP",
      "BALANCE",
      1,
      "SSTORE",
    ]),
  "self-destruction to itself": () => call(["ADDRESS", "SELFDESTRUCT"], { value: 5n }),
  "self-destruction to a precompile": () => call([1, "SELFDESTRUCT"], { value: 5n }),
  "self-destruction to the bootloader": () => call([0x8001, "SELFDESTRUCT"], { value: 5n }),
  "self-destruction in a constructor": () => deploy(bytecode("ADDRESS", "SELFDESTRUCT"), { value: 9n }),
  "self-destruction of what was just made, called again": () =>
    // initcode that returns CALLER SELFDESTRUCT
    call([
      0x6133_ff5f_5260_0260_1ef3n,
      0,
      "MSTORE",
      10,
      22,
      7,
      "CREATE",
      "DUP1",
      0,
      "SSTORE",
      ...Array.from({ length: 3 }, (): Item[] => [0, 0, 0, 0, 3, "DUP6", "GAS", "CALL", "POP"]).flat(),
      "BALANCE",
      1,
      "SSTORE",
    ]),
  "money to every formal address": () =>
    call(
      [0x8001, 0x8003, 0x8006, 0x8008, 0x800a, 0x800f, 0x9000, 0, 1, 9, 10, 0x100, 0xffff].flatMap((to): Item[] => [
        0,
        0,
        0,
        0,
        1,
        to,
        "GAS",
        "CALL",
        "POP",
      ]),
    ),
  "reading slots of the account properties": () =>
    formal(["CALLER", "SLOAD", "ISZERO", 0x1234, "SLOAD", "ADD", 1, "TSTORE"]),
  "writing a slot that no account has": () => formal(["CALLER", "SLOAD", 5, "SSTORE"]),
  "writing a slot whose low bits are an account": () => formal([7, "CALLER", 1, 200, "SHL", "ADD", "SSTORE"]),
  ...Object.fromEntries(
    [-2, -1, 0, 1, 2, 8].map((more) => [
      `a forced deployment that says ${more} bytes more than the code has, called`,
      () => forced(5 + more),
    ]),
  ),
  "a value that nobody has": () => oneTransaction({ value: MAX }),
  "recoveries at the edges": () => batch(1n, recoveries()),
  "additions on BN254": () => batch(6n, additions()),
  "multiplications on BN254": () => batch(7n, multiplications()),
  "pairings on BN254": () => batch(8n, pairings()),
  exponentiations: () => batch(5n, exponentiations()),
};
