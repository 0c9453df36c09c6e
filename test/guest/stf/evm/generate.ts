/**
 * Random scenes: a few contracts with storage that call each other. Programs keep mostly to a valid stack and small memory, so that they get far, and end by
 * writing what is on their stack to memory and returning it; some are plain random bytes, and some run short of gas.
 */
import { OPCODES, type Opcode } from "../../../../guest/stf/evm/table.ts";
import type { Random } from "../../../lib/random.ts";
import type { Scene } from "./run.ts";

const BY_NAME = new Map(OPCODES.map((opcode) => [opcode.name, opcode]));
const op = (name: string) => BY_NAME.get(name)!;
const CONTRACTS = [0x1000n, 0x2000n, 0x3000n];
const CALLER = 0xca11e4n;
const EDGES = [
  0n,
  1n,
  2n,
  31n,
  32n,
  255n,
  256n,
  (1n << 255n) - 1n,
  1n << 255n,
  (1n << 256n) - 1n,
  (1n << 256n) - 2n,
  1n << 128n,
  (1n << 128n) - 1n,
];

/** Opcodes that need care: chosen as fragments, not by the table. */
const APART =
  /^(PUSH|DUP|SWAP|JUMP|CALL$|CALLCODE|DELEGATECALL|STATICCALL|CREATE|LOG|RETURN$|REVERT|STOP|INVALID|SELFDESTRUCT|.*COPY|KECCAK256|M(LOAD|STORE)|S(LOAD|STORE)|T(LOAD|STORE)|EXT|BALANCE|BLOCKHASH|EXP)/;
const PLAIN = OPCODES.filter(({ name }) => !APART.test(name));

export class Program {
  readonly out: number[] = [];
  readonly random: Random;
  depth = 0;

  constructor(random: Random) {
    this.random = random;
  }

  put(opcode: Opcode): void {
    this.out.push(opcode.code);
    this.depth += opcode.puts - opcode.takes;
  }

  name(name: string): void {
    this.put(op(name));
  }

  push(value: bigint): void {
    let digits = value === 0n ? "" : value.toString(16);
    if (digits.length % 2) digits = `0${digits}`;
    if (digits.length === 0 && this.random.chance(50)) digits = "00";
    while (digits.length < 64 && digits.length && this.random.chance(15)) digits = `00${digits}`;
    this.name(`PUSH${digits.length / 2}`);
    this.out.push(...Buffer.from(digits, "hex"));
  }

  /** An operand of any size, often at an edge. */
  value(): void {
    const r = this.random;
    this.push(r.chance(40) ? r.pick(EDGES) : r.bits(r.pick([8, 16, 32, 64, 128, 160, 256])));
  }

  small(): void {
    const r = this.random;
    if (r.below(400) === 0) this.value();
    else this.push(BigInt(r.chance(50) ? r.below(10) * 32 : r.below(300)));
  }

  key(): void {
    this.push(BigInt(this.random.below(4)));
  }

  address(): void {
    const r = this.random;
    this.push(r.chance(80) ? r.pick([...CONTRACTS, 4n, CALLER, 0x9999n]) : r.bits(160));
  }

  need(count: number): void {
    while (this.depth < count) this.value();
  }

  fragment(level: number): void {
    const r = this.random;
    switch (r.below(26)) {
      case 0:
        this.need(1);
        this.name(`DUP${1 + r.below(Math.min(this.depth, 16))}`);
        break;
      case 1:
        this.need(2);
        this.name(`SWAP${1 + r.below(Math.min(this.depth - 1, 16))}`);
        break;
      case 2:
        this.small();
        this.name("MLOAD");
        break;
      case 3:
      case 4:
        this.need(1);
        this.small();
        this.name(r.chance(80) ? "MSTORE" : "MSTORE8");
        break;
      case 5:
        this.key();
        this.name(r.chance(80) ? "SLOAD" : "TLOAD");
        break;
      case 6:
        if (r.chance(60)) this.push(BigInt(r.below(3)));
        else this.need(1);
        this.key();
        this.name(r.chance(80) ? "SSTORE" : "TSTORE");
        break;
      case 7:
        this.small();
        this.small();
        this.name("KECCAK256");
        break;
      case 8: {
        const name = r.pick(["CALLDATACOPY", "CODECOPY", "MCOPY", "RETURNDATACOPY"]);
        // past the end of the return data is a failure
        if (name === "RETURNDATACOPY" && r.chance(95)) {
          this.name("RETURNDATASIZE");
          this.push(0n);
        } else {
          this.small();
          this.small();
        }
        this.small();
        this.name(name);
        break;
      }
      case 9:
        this.small();
        this.small();
        this.small();
        this.address();
        this.name("EXTCODECOPY");
        break;
      case 10:
        this.address();
        this.name(r.pick(["BALANCE", "EXTCODESIZE", "EXTCODEHASH"]));
        break;
      case 11: {
        const topics = r.below(5);
        this.need(topics);
        this.small();
        this.small();
        this.name(`LOG${topics}`);
        break;
      }
      case 12:
        this.push(r.chance(70) ? BigInt(r.below(300)) : r.bits(r.pick([16, 64, 256])));
        this.value();
        this.name("EXP");
        break;
      case 13:
        this.push(BigInt(r.chance(80) ? 1000 - 258 + r.below(262) : r.below(100000)));
        this.name("BLOCKHASH");
        break;
      case 14:
      case 15:
      case 16:
        this.call();
        break;
      case 17:
        this.create(level);
        break;
      case 18:
        this.jump();
        break;
      case 19:
        if (r.chance(6)) {
          this.address();
          this.name("SELFDESTRUCT");
        } else if (r.chance(7)) {
          this.small();
          this.small();
          this.name(r.pick(["RETURN", "REVERT"]));
        }
        break;
      case 20:
        this.value();
        break;
      default: {
        const opcode = r.pick(PLAIN);
        if (r.chance(30)) for (let i = 0; i < opcode.takes; i++) this.value();
        this.need(opcode.takes);
        this.put(opcode);
        break;
      }
    }
  }

  call(): void {
    const r = this.random;
    const name = r.pick(["CALL", "CALL", "CALLCODE", "DELEGATECALL", "STATICCALL"]);
    for (let i = 0; i < 4; i++) this.small();
    if (name === "CALL" || name === "CALLCODE") this.push(r.chance(70) ? 0n : BigInt(r.below(2000)));
    this.address();
    if (r.chance(60)) this.name("GAS");
    else this.push(BigInt(r.below(100000)));
    this.name(name);
  }

  create(level: number): void {
    const r = this.random;
    let code: number[];
    if (level > 0 || r.chance(30)) {
      // PUSH1 size PUSH0 RETURN: the code is what lies in memory, zeroes or whatever byte comes first
      code = [0x60, r.below(3), 0x60, r.below(64), 0x53, 0x60, r.below(70), 0x5f, r.chance(90) ? 0xf3 : 0xfd];
      if (r.chance(20)) code.splice(0, 2, 0x60, 0xef);
    } else {
      code = this.nested(level + 1, 1 + r.below(8));
    }
    const padded = [...code];
    while (padded.length % 32) padded.push(0);
    for (let i = 0; i < padded.length; i += 32) {
      this.push(BigInt(`0x${Buffer.from(padded.slice(i, i + 32)).toString("hex")}`));
      this.push(BigInt(i));
      this.name("MSTORE");
    }
    const isCreate2 = r.chance(50);
    if (isCreate2) this.push(BigInt(r.below(3)));
    this.push(BigInt(code.length));
    this.push(0n);
    this.push(r.chance(80) ? 0n : BigInt(r.below(2000)));
    this.name(isCreate2 ? "CREATE2" : "CREATE");
  }

  /** A forward jump over something that may hold a false JUMPDEST, or a short loop. */
  jump(): void {
    const r = this.random;
    const conditional = r.chance(50);
    if (conditional) this.push(r.chance(50) ? 0n : r.bits(8));
    const at = this.out.length;
    const skipped = r
      .bytes(r.below(12))
      .map((byte) => (r.chance(30) ? 0x5b : r.chance(30) ? 0x60 + (byte & 31) : byte));
    const target = at + 4 + skipped.length;
    this.out.push(0x61, target >> 8, target & 0xff, conditional ? 0x57 : 0x56);
    if (conditional) this.depth--;
    this.out.push(...skipped, 0x5b);
  }

  /** Initcode of a contract that is more than a few bytes of data. */
  nested(level: number, length: number): number[] {
    return program(this.random, level, length);
  }

  /** Stack to memory, and memory returned. */
  finish(): void {
    for (let i = 0; this.depth > 0 && i < 12; i++) {
      this.push(BigInt(32 * i));
      this.name("MSTORE");
    }
    if (this.random.chance(90)) {
      this.name("MSIZE");
      this.name("PUSH0");
      this.name(this.random.chance(90) ? "RETURN" : "REVERT");
    }
  }
}

function program(random: Random, level: number, length: number): number[] {
  const p = new Program(random);
  for (let i = 0; i < length; i++) p.fragment(level);
  p.finish();
  return p.out;
}

export function randomScene(random: Random): Scene {
  const accounts: Scene["accounts"] = new Map();
  accounts.set(CALLER, { balance: 1n << 60n, nonce: 5n });
  for (const address of CONTRACTS) {
    const code = random.chance(10)
      ? random.bytes(1 + random.below(64))
      : Uint8Array.from(program(random, 0, 1 + random.below(30)));
    const storage = new Map<bigint, bigint>();
    for (let key = 0n; key < 4n; key++) if (random.chance(50)) storage.set(key, random.bits(random.pick([1, 8, 256])));
    for (const [key, value] of storage) if (value === 0n) storage.delete(key);
    accounts.set(address, { nonce: 1n, balance: BigInt(random.below(5000)), code, storage });
  }
  return {
    accounts,
    caller: CALLER,
    to: CONTRACTS[0]!,
    value: random.chance(70) ? 0n : BigInt(random.below(1000)),
    data: random.bytes(random.below(100)),
    gas: BigInt(random.chance(75) ? 1_000_000 : random.chance(50) ? random.below(1_000_000) : random.below(30_000)),
  };
}
