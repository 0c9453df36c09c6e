/**
 * Random blocks: a small state of accounts and contracts, and transactions of every type over it, well-formed, badly formed, and at the edges of gas, fees, balances
 * and native resources. Everything follows from the seed.
 */
import type { BlockBundle, BlockContext } from "../../../host/blocks/bundle.ts";
import { concat, type Hex, toHex, uintToBytes, uintToHex, ZERO_32 } from "../../../host/bytes.ts";
import { MemoryTree } from "../../../host/state/memory-tree.ts";
import { State, scattered } from "../../../host/state/state.ts";
import { bytecode } from "../../lib/bytecode.ts";
import { Random } from "../../lib/random.ts";
import { type AccessListItem, addressOf, encode, encodeAccessList, type Fields, sign } from "./encode.ts";
import { blockProgram, randomInput } from "./program.ts";

const address = (value: bigint): Hex => uintToHex(value & ((1n << 160n) - 1n), 20);
const KEYS = [1n, 2n, 0xbeefn, 0x1234_5678_9abcn, 5n, 6n, 7n, 8n].map((value) => uintToBytes(value, 32));
const SENDERS = KEYS.map(addressOf);
const CONTRACTS = [0x1000n, 0x2000n, 0x3000n, 0xc0de_0000_0000_0000_0000_0001n, (0xabcdn << 144n) | 0x77n];
const ABSTRACT = (0xaan << 152n) | 0xacc0n;
const SYSTEM = [
  ...Array.from({ length: 11 }, (_, i) => BigInt(i)),
  0x100n,
  0x8001n,
  0x8003n,
  0x8006n,
  0x8008n,
  0x800an,
  0x800fn,
  0x9000n,
];

interface World {
  random: Random;
  context: BlockContext;
  state: State;
  nonces: bigint[];
  addresses: bigint[];
}

function randomContext(r: Random): BlockContext {
  const hash = (): Hex => (r.chance(30) ? ZERO_32 : toHex(r.bytes(32)));
  return {
    chainId: r.chance(80) ? 37n : r.bits(r.pick([1, 8, 32, 63, 64])),
    blockNumber: 1n + (r.chance(70) ? BigInt(r.below(1000)) : r.bits(r.pick([32, 63]))),
    timestamp: r.bits(r.pick([8, 32, 64])),
    baseFee: r.chance(80) ? 1000n : r.pick([0n, 1n, 7n, r.bits(20)]),
    gasPerPubdata: r.chance(92) ? 0n : r.pick([1n, 2n, r.bits(10)]),
    nativePrice: r.chance(85) ? BigInt(1 + r.below(20)) : r.pick([1n, 100n, 1000n, r.bits(12)]),
    coinbase: r.pick([
      address(0n),
      SENDERS[0]!,
      address(0xc01bba5en),
      address(CONTRACTS[0]!),
      address(0x8001n),
      address(r.bits(160)),
    ]),
    gasLimit: r.chance(90) ? (1n << 56n) - 1n : r.bits(r.pick([20, 24, 56, 64])),
    mixHash: r.chance(80) ? uintToHex(1n, 32) : toHex(r.bytes(32)),
    blockHashes: Array.from({ length: 256 }, hash),
  };
}

/** Account abstraction: makes its nonce used up by a creation, answers the magic value, and pays what the transaction may cost. */
function abstractAccount(r: Random): Uint8Array {
  const pays = r.chance(85);
  return bytecode(
    // the selector
    0,
    "CALLDATALOAD",
    224,
    "SHR",
    "DUP1",
    0x202bcce7,
    "EQ",
    { to: "validate" },
    "JUMPI",
    "DUP1",
    0xe2f318e3,
    "EQ",
    { to: "pay" },
    "JUMPI",
    "DUP1",
    0xdf9c1589,
    "EQ",
    { to: "execute" },
    "JUMPI",
    "STOP",
    { label: "validate" },
    0,
    0,
    0,
    "CREATE",
    "POP",
    0x202bcce7,
    224,
    "SHL",
    0,
    "MSTORE",
    32,
    0,
    "RETURN",
    // gas limit times max fee: words 3 and 5 of the transaction at 0x64
    { label: "pay" },
    0,
    0,
    0,
    0,
    0x64 + 96,
    "CALLDATALOAD",
    0x64 + 160,
    "CALLDATALOAD",
    "MUL",
    pays ? 0 : 1,
    "SWAP1",
    "SUB",
    0x8001,
    "GAS",
    "CALL",
    "POP",
    "STOP",
    { label: "execute" },
    7,
    9,
    "SSTORE",
    0,
    0,
    0,
    0,
    1,
    0x64 + 64,
    "CALLDATALOAD",
    "GAS",
    "CALL",
    "POP",
    "STOP",
  );
}

function randomWorld(r: Random): World {
  const context = randomContext(r);
  const state = new State(new MemoryTree(), new Map(), r.chance(30) ? scattered(r.word()) : undefined);
  const nonces = SENDERS.map((sender, i) => {
    const nonce = r.chance(85) ? 0n : r.pick([1n, 255n, (1n << 64n) - 1n, (1n << 64n) - 2n]);
    const balance =
      i === 3 ? r.bits(r.pick([1, 30, 34])) : r.chance(90) ? 10n ** 20n : r.bits(r.pick([32, 64, 128, 256]));
    if (i !== 3 || r.chance(70)) state.setAccount(sender, { ...state.account(sender), nonce, balance });
    return i !== 3 ? nonce : state.account(sender).nonce;
  });
  const addresses = [...CONTRACTS, ABSTRACT, ...SENDERS.map(BigInt), ...SYSTEM, 0x9999n, BigInt(context.coinbase)];
  for (const at of CONTRACTS) {
    const code = r.chance(6)
      ? r.bytes(1 + r.below(64))
      : Uint8Array.from(blockProgram(r, addresses, 0, 1 + r.below(40)));
    const account = state.accountWithCode(code);
    account.balance = r.chance(80) ? BigInt(r.below(5000)) : r.bits(r.pick([64, 256]));
    account.nonce = r.chance(95) ? 1n : (1n << 64n) - 1n;
    state.setAccount(address(at), account);
    for (let key = 0n; key < 4n; key++) {
      if (r.chance(50))
        state.setStorage(
          address(at),
          uintToHex(key, 32),
          uintToHex(r.chance(10) ? 0n : r.bits(r.pick([1, 8, 256])), 32),
        );
    }
  }
  const account = state.accountWithCode(abstractAccount(r));
  account.balance = 10n ** 18n;
  state.setAccount(address(ABSTRACT), account);
  if (r.chance(50))
    state.setAccount(address(0x8001n), { ...state.account(address(0x8001n)), balance: r.bits(r.pick([10, 200])) });
  return { random: r, context, state, nonces, addresses };
}

const target = ({ random: r, addresses }: World): bigint =>
  r.chance(65) ? r.pick(CONTRACTS) : r.chance(80) ? r.pick(addresses) : r.bits(r.pick([8, 16, 160]));

function randomData(world: World): Uint8Array {
  const r = world.random;
  if (r.chance(60)) return r.bytes(r.below(100));
  if (r.chance(50)) return randomInput(r).data;
  return r.chance(80) ? new Uint8Array(r.below(300)) : r.bytes(r.below(5000));
}

function randomGas(r: Random): bigint {
  if (r.chance(60)) return BigInt(200_000 + r.below(1_500_000));
  if (r.chance(50)) return BigInt(18_000 + r.below(60_000));
  return r.chance(80)
    ? BigInt(r.below(400_000))
    : r.pick([0n, 17_999n, 18_000n, 21_000n, r.bits(32), (1n << 64n) - 1n]);
}

function randomAccessList({ random: r, addresses }: World): AccessListItem[] {
  return Array.from({ length: r.below(4) }, () => ({
    address: address(r.pick(addresses)),
    keys: Array.from({ length: r.below(4) }, () =>
      r.chance(70) ? uintToHex(BigInt(r.below(4)), 32) : toHex(r.bytes(32)),
    ),
  }));
}

function baseFields(world: World): Fields {
  const { random: r, context } = world;
  const fee = context.baseFee + (r.chance(50) ? 0n : BigInt(r.below(1000)));
  return {
    type: 2,
    from: SENDERS[0]!,
    to: address(target(world)),
    gasLimit: randomGas(r),
    gasPerPubdata: 0n,
    maxFee: r.chance(95) ? fee : r.bits(r.pick([4, 12, 64, 128])),
    priorityFee: 0n,
    paymaster: address(0n),
    nonce: 0n,
    value: r.chance(70) ? 0n : r.chance(80) ? BigInt(r.below(1000)) : r.bits(r.pick([64, 128, 256])),
    reserved: [0n, 0n, 0n, 0n],
    data: randomData(world),
    signature: new Uint8Array(),
    factoryDeps: [],
    paymasterInput: new Uint8Array(),
    reservedDynamic: new Uint8Array(),
    accessList: [],
  };
}

/** Initcode: a random program whose memory becomes the code, or one that returns a random program. */
function initcode(world: World): Uint8Array {
  const { random: r, addresses } = world;
  const code = Uint8Array.from(blockProgram(r, addresses, 0, 1 + r.below(12)));
  if (r.chance(50)) return code;
  const head = bytecode(code.length, "DUP1", 0x0f, 0, "CODECOPY", 0, "RETURN");
  return concat(head, new Uint8Array(0x0f - head.length).fill(0x5b), code);
}

/** A transaction of an EOA: Ethereum's types, and EIP-712. */
function fromEoa(world: World): Uint8Array {
  const { random: r, context, nonces } = world;
  const tx = baseFields(world);
  const who = r.chance(25) ? 0 : r.below(SENDERS.length);
  tx.from = SENDERS[who]!;
  tx.type = r.pick([0, 0, 1, 2, 2, 2, 0x71]);
  tx.nonce = nonces[who]!;
  if (r.chance(4)) tx.nonce += r.pick([1n, -1n, 1n << 64n]);
  if (tx.nonce < 0n) tx.nonce = 0n;
  if (tx.type < 2) tx.priorityFee = tx.maxFee;
  else tx.priorityFee = r.chance(90) ? BigInt(r.below(Number(tx.maxFee % 3000n) + 1)) : r.bits(r.pick([12, 128]));
  if (tx.type === 0 && r.chance(70)) tx.reserved[0] = r.chance(80) ? 1n : r.bits(256);
  if (tx.type === 0x71) {
    tx.gasPerPubdata = r.chance(80) ? BigInt(r.below(2000)) : r.bits(32);
    if (r.chance(10)) tx.paymaster = address(target(world));
    if (r.chance(10)) tx.paymasterInput = concat(Uint8Array.of(0x8c, 0x5a, 0x34, 0x45), r.bytes(r.below(80)));
    if (r.chance(10)) tx.factoryDeps = [toHex(r.bytes(32))];
  } else if (r.chance(15)) {
    tx.to = address(0n);
    tx.reserved[1] = r.chance(80) ? 1n : r.bits(256);
    tx.data = initcode(world);
  }
  if (tx.type !== 0 && r.chance(30)) {
    tx.accessList = randomAccessList(world);
    tx.reservedDynamic = encodeAccessList(tx.accessList);
  }
  sign(tx, context.chainId, KEYS[who]!);
  if (r.chance(3)) tx.signature[r.below(65)]! ^= 1 << r.below(8);
  const isLikelyValid = tx.gasLimit >= 25_000n && tx.gasLimit < 1n << 40n && tx.maxFee >= context.baseFee;
  if (isLikelyValid) nonces[who] = (tx.nonce + 1n) & ((1n << 64n) - 1n);
  return encode(tx);
}

function fromAbstract(world: World): Uint8Array {
  const { random: r } = world;
  const tx = baseFields(world);
  tx.type = 0x71;
  tx.from = address(r.chance(85) ? ABSTRACT : r.pick(CONTRACTS));
  tx.nonce = BigInt(r.below(3));
  tx.gasPerPubdata = r.chance(80) ? 1000n : BigInt(r.below(3));
  tx.priorityFee = r.chance(80) ? 0n : tx.maxFee;
  if (r.chance(90)) tx.gasLimit = BigInt(300_000 + r.below(1_000_000));
  tx.signature = r.bytes(65);
  if (r.chance(10)) tx.paymaster = address(target(world));
  return encode(tx);
}

/** From L1: priority operations, and upgrades (which are valid as a block's first). */
function fromL1(world: World): Uint8Array {
  const { random: r, context } = world;
  const tx = baseFields(world);
  tx.type = r.chance(85) ? 0xff : 0xfe;
  tx.from = address(r.chance(50) ? r.bits(160) : r.pick(world.addresses));
  tx.maxFee = r.chance(85) ? context.baseFee : r.pick([0n, 1n, 9n, 10n, r.bits(20)]);
  tx.priorityFee = r.chance(80) ? 0n : r.bits(128);
  tx.gasPerPubdata = r.chance(60) ? 0n : BigInt(r.below(3000));
  if (r.chance(80)) tx.gasLimit = BigInt(12_000 + r.below(500_000));
  const cost = tx.value + tx.maxFee * tx.gasLimit;
  tx.reserved[0] = r.chance(96)
    ? cost + (r.chance(50) ? 0n : r.bits(r.pick([10, 100])))
    : r.bits(r.pick([10, 64, 256]));
  tx.reserved[1] = r.chance(97) ? (r.chance(50) ? r.pick(world.addresses) : r.bits(160)) : r.bits(256);
  if (r.chance(10)) tx.factoryDeps = [toHex(r.bytes(32)), toHex(r.bytes(32))];
  if (tx.type === 0xfe && r.chance(70)) {
    tx.from = address(0x800fn);
    tx.to = address(0x8006n);
    tx.data = deployerInput(world);
    tx.value = 0n;
    tx.maxFee = r.chance(80) ? 0n : tx.maxFee;
  }
  tx.nonce = r.bits(r.pick([1, 64]));
  if (r.chance(3)) tx.signature = r.bytes(1 + r.below(65));
  return encode(tx);
}

/** A forced deployment of code that the state knows, for an account of the world. */
function deployerInput({ random: r, state, addresses }: World): Uint8Array {
  const { bytecodeHash, bytecodeLength, observableBytecodeHash } = state.account(address(r.pick(CONTRACTS)));
  const word = (value: bigint) => uintToBytes(value, 32);
  const to = r.chance(90) ? r.pick(addresses) : r.bits(256);
  return concat(
    Uint8Array.of(0xf6, 0xec, 0xa0, 0xb0),
    word(to),
    word(BigInt(bytecodeHash)),
    word(BigInt(bytecodeLength)),
    word(BigInt(observableBytecodeHash)),
  );
}

/** A transaction's bytes with something wrong in them. */
function damage(r: Random, encoded: Uint8Array): Uint8Array {
  const out = encoded.slice();
  switch (r.below(5)) {
    case 0:
      return out.slice(0, 1 + r.below(out.length));
    case 1:
      return concat(out, r.bytes(1 + r.below(70)));
    case 2: {
      const at = 32 * r.below(out.length / 32);
      out.set(uintToBytes(r.bits(r.pick([1, 8, 32, 64, 256])), 32), at);
      return out;
    }
    case 3:
      // what follows the access list's length: counts and offsets
      out.set(
        uintToBytes(r.bits(r.pick([3, 8, 32])), 32),
        32 * Math.max(0, out.length / 32 - 1 - r.below(Math.min(12, out.length / 32))),
      );
      return out;
    default:
      out[r.below(out.length)]! ^= 1 << r.below(8);
      return out;
  }
}

export function randomBlock(seed: number): BlockBundle {
  const r = new Random(seed);
  const world = randomWorld(r);
  const transactions: Uint8Array[] = [];
  for (let i = r.below(6); i >= 0; i--) {
    const kind = r.below(100);
    let encoded = kind < 68 ? fromEoa(world) : kind < 80 ? fromAbstract(world) : fromL1(world);
    if (r.chance(6)) encoded = damage(r, encoded);
    transactions.push(encoded);
  }
  return { name: `seed ${seed}`, context: world.context, transactions, state: world.state, expected: { runs: [] } };
}
