/** Opcodes one by one in both builds: results, gas and native by the table, failures. */
import { describe, expect, it } from "vitest";
import { OPCODES } from "../../../../guest/stf/evm/table.ts";
import { bytecode, type Item } from "../../../lib/bytecode.ts";
import { EvmGuest, type Result, type Scene } from "./run.ts";

const CONTRACT = 0x1000n;
const CALLER = 0xca11e4n;
const MAX = (1n << 256n) - 1n;
const MIN_SIGNED = 1n << 255n;
/** Native that a frame costs before it runs: 6 a byte of code. */
const frameNative = (code: Uint8Array) => 6n * BigInt(code.length);

function scene(code: Uint8Array, more: Partial<Scene> = {}): Scene {
  return {
    accounts: new Map([
      [CONTRACT, { code, nonce: 1n }],
      [CALLER, { balance: 1n << 64n }],
    ]),
    caller: CALLER,
    to: CONTRACT,
    value: 0n,
    data: new Uint8Array(),
    gas: 1_000_000n,
    ...more,
  };
}

const returnTop: Item[] = [0, "MSTORE", 32, 0, "RETURN"];
const number = (result: Result) => BigInt(`0x${result.returnData}`);

/** Program and what it leaves on top. Operands are pushed in writing order: the last one is the top. */
const RESULTS: [string, Item[], bigint][] = [
  ["ADD wraps", [1, MAX, "ADD"], 0n],
  ["MUL wraps", [MAX, MAX, "MUL"], 1n],
  ["SUB takes from the top", [5, 3, "SUB"], MAX - 1n],
  ["DIV", [7, 100, "DIV"], 14n],
  ["DIV by 0", [0, 100, "DIV"], 0n],
  ["SDIV rounds to zero", [2, MAX - 6n, "SDIV"], MAX - 2n],
  ["SDIV overflow", [MAX, MIN_SIGNED, "SDIV"], MIN_SIGNED],
  ["MOD", [7, 100, "MOD"], 2n],
  ["SMOD has the dividend's sign", [3, MAX - 7n, "SMOD"], MAX - 1n],
  ["SMOD of the least number", [MAX, MIN_SIGNED, "SMOD"], 0n],
  ["ADDMOD beyond 256 bits", [10, MAX, MAX, "ADDMOD"], (2n * MAX) % 10n],
  ["MULMOD beyond 256 bits", [12, MAX, MAX, "MULMOD"], (MAX * MAX) % 12n],
  ["MULMOD by 0", [0, 3, 4, "MULMOD"], 0n],
  ["EXP", [10, 3, "EXP"], 59049n],
  ["0 EXP 0", [0, 0, "EXP"], 1n],
  ["EXP wraps", [256, 2, "EXP"], 0n],
  ["SIGNEXTEND of a byte", [0x80, 0, "SIGNEXTEND"], MAX - 0x7fn],
  ["SIGNEXTEND cuts", [0x1237f, 0, "SIGNEXTEND"], 0x7fn],
  ["SIGNEXTEND from 31", [MAX - 1n, 31, "SIGNEXTEND"], MAX - 1n],
  ["LT", [5, 3, "LT"], 1n],
  ["GT", [5, 3, "GT"], 0n],
  ["SLT", [0, MAX, "SLT"], 1n],
  ["SGT", [MIN_SIGNED, 1, "SGT"], 1n],
  ["EQ", [MAX, MAX, "EQ"], 1n],
  ["ISZERO of a high bit", [MIN_SIGNED, "ISZERO"], 0n],
  ["NOT", [0, "NOT"], MAX],
  ["BYTE 0", [0x12n << 248n, 0, "BYTE"], 0x12n],
  ["BYTE 32", [MAX, 32, "BYTE"], 0n],
  ["SHL by words and bits", [0xffn, 77, "SHL"], 0xffn << 77n],
  ["SHL 256", [1, 256, "SHL"], 0n],
  ["SHR", [MAX, 131, "SHR"], MAX >> 131n],
  ["SHR 0", [MAX, 0, "SHR"], MAX],
  ["SAR of a negative number", [MIN_SIGNED, 200, "SAR"], MAX - (1n << 55n) + 1n],
  ["SAR 2^64", [MIN_SIGNED, 1n << 64n, "SAR"], MAX],
  ["MSIZE", [1, 33, "MSTORE8", "MSIZE"], 64n],
  ["MLOAD across words", [0x1122n, 0, "MSTORE", 31, "MLOAD"], 0x22n << 248n],
  [
    "MCOPY overlaps",
    [0x0102030405060708n << 192n, 0, "MSTORE", 4, 0, 2, "MCOPY", 0, "MLOAD"],
    0x0102010203040708n << 192n,
  ],
  ["PC", ["PC", "PC", "ADD"], 1n],
  ["CODESIZE", ["CODESIZE"], 7n],
  ["KECCAK256 of nothing", [0, 0, "KECCAK256"], 0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470n],
  ["BLOBHASH", [0, "BLOBHASH"], 0n],
  ["BLOBBASEFEE", ["BLOBBASEFEE"], 1n],
  ["TLOAD", [9, 1, "TSTORE", 1, "TLOAD"], 9n],
];

describe.each([["forward"], ["proving"]])("opcodes, %s build", (build) => {
  const loaded = EvmGuest.load(build === "proving");

  it.each(RESULTS)("%s", async (_, program, expected) => {
    const result = (await loaded).run(scene(bytecode(...program, ...returnTop)));
    expect(result.success).toBe(true);
    expect(number(result)).toBe(expected);
  });

  it("charges what the table says, and fails without operands", async () => {
    const evm = await loaded;
    const apart =
      /^(STOP|RETURN|REVERT|INVALID|SELFDESTRUCT|JUMP|JUMPI|CREATE2?|.*CALL|CALLCODE|EXP|S(LOAD|STORE)|T(LOAD|STORE)|LOG|BALANCE|SELFBALANCE|EXT)/;
    for (const { code, name, takes, gas, native } of OPCODES) {
      if (takes) {
        const short = Uint8Array.from([...Array(takes - 1).fill(0x5f), code]);
        expect(evm.run(scene(short)).success, `${name} with too few operands`).toBe(false);
      }
      if (apart.test(name)) continue;
      const zeros = Array(takes).fill(0x5f);
      const full = Uint8Array.from([...zeros, code]);
      const result = evm.run(scene(full));
      expect(result.success, name).toBe(true);
      // memory of a word for those that touch it with a zero offset; copies cost 80 native more
      const memory = /^(MLOAD|MSTORE|MSTORE8)$/.test(name);
      const copy = /COPY$/.test(name);
      expect(result.gasUsed, `gas of ${name}`).toBe(BigInt(2 * takes + gas + (memory ? 3 : 0)));
      const steps = BigInt(70 * takes + native + 20 + (memory ? 35 + 32 : 0) + (copy ? 80 : 0));
      expect(result.nativeUsed, `native of ${name}`).toBe(frameNative(full) + steps);
    }
  });

  it("fails on what is no opcode, for the gas of the frame and a step of native", async () => {
    const evm = await loaded;
    const known = new Set(OPCODES.map(({ code }) => code));
    for (let code = 0; code < 256; code++) {
      if (known.has(code)) continue;
      const result = evm.run(scene(Uint8Array.of(code)));
      expect(result).toMatchObject({ success: false, gasUsed: 1_000_000n, nativeUsed: 26n, returnData: "" });
    }
  });

  it("charges native before it looks at the stack, except where the original does not", async () => {
    const evm = await loaded;
    const native = (name: string) => {
      const code = bytecode(name);
      return evm.run(scene(code)).nativeUsed - frameNative(code);
    };
    expect(native("ADD")).toBe(160n);
    expect(native("EXP")).toBe(20n);
    expect(native("KECCAK256")).toBe(20n);
    expect(native("CODECOPY")).toBe(20n);
    expect(native("SLOAD")).toBe(120n);
    expect(native("CALL")).toBe(1520n);
    expect(native("CREATE")).toBe(25020n);
    expect(native("JUMP")).toBe(90n);
  });

  it("overflows the stack at 1024 words", async () => {
    const evm = await loaded;
    const pushes = (count: number) => Uint8Array.from(Array(count).fill(0x5f));
    expect(evm.run(scene(pushes(1024))).success).toBe(true);
    expect(evm.run(scene(pushes(1025))).success).toBe(false);
    expect(evm.run(scene(Uint8Array.from([...pushes(1024), 0x80]))).success).toBe(false);
    expect(evm.run(scene(Uint8Array.from([...pushes(1024), 0x47]))).success).toBe(false);
  });

  it("jumps to instructions only", async () => {
    const evm = await loaded;
    const code = (to: number, ...rest: number[]) => Uint8Array.from([0x60, to, 0x56, ...rest]);
    expect(evm.run(scene(code(3, 0x5b))).success).toBe(true);
    // PUSH1 5b
    expect(evm.run(scene(code(4, 0x60, 0x5b))).success).toBe(false);
    // data that looks like a PUSH32 before a true JUMPDEST
    expect(evm.run(scene(code(5, 0x60, 0x7f, 0x5b))).success).toBe(true);
    // a destination behind one that was walked over
    expect(
      evm.run(
        scene(bytecode({ to: "b" }, "JUMP", { label: "a" }, "STOP", 0x7f5bn, { label: "b" }, { to: "a" }, "JUMP")),
      ).success,
    ).toBe(true);
    expect(evm.run(scene(code(200))).success).toBe(false);
    expect(evm.run(scene(bytecode(1n << 32n, "JUMP"))).success).toBe(false);
  });

  it("finds native short, however late, and for good", async () => {
    const evm = await loaded;
    const loop = bytecode({ label: "loop" }, { to: "loop" }, "JUMP");
    const cost = 6n * BigInt(loop.length);
    // gas ends it first, or native does
    expect(evm.run(scene(loop, { gas: 1200n })).outOfNative).toBe(false);
    expect(evm.run(scene(loop, { gas: 1200n }), cost + 100n)).toMatchObject({ outOfNative: true, success: false });
    const add = bytecode(1, 2, "ADD");
    expect(evm.run(scene(add), 6n * 5n + 80n + 80n + 160n + 20n).success).toBe(true);
    expect(evm.run(scene(add), 6n * 5n + 80n + 80n + 160n + 19n).outOfNative).toBe(true);
  });

  it("counts gas beyond 32 bits", async () => {
    const evm = await loaded;
    const gas = (1n << 50n) + 12345n;
    const result = evm.run(scene(bytecode("GAS", ...returnTop), { gas }));
    expect(number(result)).toBe(gas - 2n);
    const down = evm.run(scene(bytecode(0, "NOT", 0, "MSTORE"), { gas }));
    expect(down.gasUsed).toBe(2n + 3n + 2n + 6n);
  });
});
