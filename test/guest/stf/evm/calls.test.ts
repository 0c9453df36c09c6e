/** Calls and creations through the runner: contexts, failures, what is passed and given back. */
import { describe, expect, it } from "vitest";
import { bytecode, type Item } from "../../../lib/bytecode.ts";
import { Random } from "../../../lib/random.ts";
import { randomScene } from "./generate.ts";
import { differences, runReference } from "./reference.ts";
import { EvmGuest, type Scene } from "./run.ts";

const A = 0x1000n;
const B = 0x2000n;
const CALLER = 0xca11e4n;
/** Return what one opcode pushes. */
const answer = (...items: Item[]) => bytecode(...items, 0, "MSTORE", 32, 0, "RETURN");
/** Memory 0…31 := answer of a call, then return it with the call's flag after it. */
const callB = (name: string, value = 0): Item[] => [
  32,
  0,
  0,
  0,
  ...(name === "CALL" || name === "CALLCODE" ? [value] : []),
  B,
  "GAS",
  name,
  32,
  "MSTORE",
  64,
  0,
  "RETURN",
];
/** Initcode into memory at 0, as one word's tail or more, then create. */
function createFrom(initcode: Uint8Array, value = 0): Item[] {
  const items: Item[] = [];
  for (let i = 0; i < initcode.length; i += 32) {
    const word = Buffer.alloc(32);
    word.set(initcode.slice(i, i + 32));
    items.push(BigInt(`0x${word.toString("hex")}`), i, "MSTORE");
  }
  return [...items, initcode.length, 0, value, "CREATE"];
}

function scene(a: Uint8Array, b: Uint8Array = new Uint8Array(), more: Partial<Scene> = {}): Scene {
  return {
    accounts: new Map([
      [A, { code: a, nonce: 1n, balance: 100n }],
      [B, { code: b, nonce: 1n, balance: 50n }],
      [CALLER, { balance: 1n << 64n }],
    ]),
    caller: CALLER,
    to: A,
    value: 0n,
    data: new Uint8Array(),
    gas: 5_000_000n,
    ...more,
  };
}

const words = (data: string) => (data.match(/.{64}/g) ?? []).map((word) => BigInt(`0x${word}`));

describe.each([["forward"], ["proving"]])("calls, %s build", (build) => {
  const loaded = EvmGuest.load(build === "proving");

  /** Runs, and demands that the reference agrees. */
  async function agree(tested: Scene) {
    const evm = await loaded;
    const result = evm.run(tested);
    expect(differences(result, await runReference(tested, result.accounts.keys()))).toEqual([]);
    return result;
  }

  it.each([
    ["CALL", "ADDRESS", B],
    ["CALL", "CALLER", A],
    ["CALLCODE", "ADDRESS", A],
    ["CALLCODE", "CALLER", A],
    ["DELEGATECALL", "ADDRESS", A],
    ["DELEGATECALL", "CALLER", CALLER],
    ["DELEGATECALL", "CALLVALUE", 7n],
    ["STATICCALL", "CALLVALUE", 0n],
    ["CALL", "CALLVALUE", 3n],
    ["CALLCODE", "CALLVALUE", 3n],
  ])("%s: %s of the callee", async (call, what, expected) => {
    const result = await agree(scene(bytecode(...callB(call, 3)), answer(what), { value: 7n }));
    expect(words(result.returnData)).toEqual([expected, 1n]);
  });

  it.each([
    ["SSTORE", bytecode(1, 1, "SSTORE")],
    ["TSTORE", bytecode(1, 1, "TSTORE")],
    ["LOG0", bytecode(0, 0, "LOG0")],
    ["CREATE", bytecode(0, 0, 0, "CREATE")],
    ["SELFDESTRUCT", bytecode(0, "SELFDESTRUCT")],
    ["CALL with value", bytecode(0, 0, 0, 0, 1, A, "GAS", "CALL")],
  ])("STATICCALL forbids %s", async (_, callee) => {
    const result = await agree(scene(bytecode(...callB("STATICCALL")), callee));
    expect(words(result.returnData)[1]).toBe(0n);
  });

  it("lets a static frame CALLCODE with value", async () => {
    const result = await agree(scene(bytecode(...callB("STATICCALL")), answer(0, 0, 0, 0, 1, A, 5000, "CALLCODE")));
    expect(words(result.returnData)).toEqual([1n, 1n]);
  });

  it("gives the stipend, and takes 25000 for a new account", async () => {
    const result = await agree(scene(bytecode(0, 0, 0, 0, 1, 0x77n, 0, "CALL", 0, "MSTORE", 32, 0, "RETURN")));
    expect(words(result.returnData)).toEqual([1n]);
    expect(result.gasUsed).toBeGreaterThan(34000n);
    expect(result.accounts.get(0x77n)!.balance).toBe(1n);
  });

  it("fails a call beyond the balance, and rolls nothing else back", async () => {
    const result = await agree(scene(bytecode(1, 1, "SSTORE", ...callB("CALL", 101)), answer("ADDRESS")));
    expect(words(result.returnData)[1]).toBe(0n);
    expect(result.accounts.get(A)!.storage.get(1n)).toBe(1n);
  });

  it("rolls back what a reverted callee did, and hands its data over", async () => {
    const result = await agree(
      scene(bytecode(...callB("CALL", 3)), bytecode(1, 1, "SSTORE", 0xabcn, 0, "MSTORE", 32, 0, "REVERT")),
    );
    expect(words(result.returnData)).toEqual([0xabcn, 0n]);
    expect(result.accounts.get(B)!.storage.get(1n) ?? 0n).toBe(0n);
  });

  it("ends at depth 1024", async () => {
    // each frame adds one to storage and calls itself
    const self = bytecode(
      1,
      0,
      "SLOAD",
      "ADD",
      0,
      "SSTORE",
      0,
      0,
      0,
      0,
      0,
      "ADDRESS",
      "GAS",
      "CALL",
      0,
      "MSTORE",
      32,
      0,
      "RETURN",
    );
    const result = await agree(scene(self, undefined, { gas: 1n << 45n }));
    expect(result.accounts.get(A)!.storage.get(0n)).toBe(1025n);
  });

  it("creates, and the contract has nonce 1 while its constructor runs", async () => {
    // the constructor returns its own nonce-derived child: it creates an empty contract
    const initcode = bytecode(0, 0, 0, "CREATE", 0, "MSTORE", 32, 0, "RETURN");
    const result = await agree(scene(answer(...createFrom(initcode, 5))));
    const created = words(result.returnData)[0]!;
    expect(result.accounts.get(created)).toMatchObject({ nonce: 2n, balance: 5n });
    expect(result.accounts.get(created)!.code.length).toBe(32);
  });

  it("keeps the nonce of a creator whose creation reverts", async () => {
    const result = await agree(
      scene(
        bytecode(
          ...createFrom(bytecode(0xabcn, 0, "MSTORE", 32, 0, "REVERT")),
          "RETURNDATASIZE",
          0,
          "MSTORE",
          32,
          0,
          "RETURN",
        ),
      ),
    );
    expect(words(result.returnData)).toEqual([32n]);
    expect(result.accounts.get(A)!.nonce).toBe(2n);
  });

  it("takes the constructor's gas at a collision", async () => {
    const create2 = [0, 0, 0, 0, "CREATE2"];
    const result = await agree(scene(bytecode(...create2, ...create2, "GAS", 0, "MSTORE", 32, 0, "RETURN")));
    expect(words(result.returnData)[0]).toBeLessThan(100_000n);
  });

  it("deviation: code that a creation may not have is left as return data", async () => {
    const evm = await loaded;
    const initcode = bytecode(0xefn, 0, "MSTORE8", 3, 0, "RETURN");
    const result = evm.run(
      scene(bytecode(...createFrom(initcode), 0, "MSTORE", "RETURNDATASIZE", 32, "MSTORE", 64, 0, "RETURN")),
    );
    expect(words(result.returnData)).toEqual([0n, 3n]);
  });

  it("calls the identity hook", async () => {
    const result = await agree(
      scene(bytecode(0xabcn, 0, "MSTORE", 32, 32, 32, 0, 4, "GAS", "STATICCALL", 64, 0, "RETURN")),
    );
    expect(words(result.returnData)).toEqual([0xabcn, 0xabcn]);
  });

  it("agrees on random scenes", async () => {
    const evm = await loaded;
    for (let seed = 0; seed < (build === "forward" ? 150 : 30); seed++) {
      const tested = randomScene(new Random(seed));
      const result = evm.run(tested);
      expect(differences(result, await runReference(tested, result.accounts.keys())), `seed ${seed}`).toEqual([]);
    }
  });
});
