/** Accounts and state operations against the states of the vectors, which the original's rig made. */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readBundle } from "../../../host/blocks/bundle.ts";
import { type Field, readDocument } from "../../../host/blocks/document.ts";
import { fromHex, type Hex, toHex, uintToHex } from "../../../host/bytes.ts";
import { accountKey, decodeAccount, encodeAccount } from "../../../host/state/account.ts";
import { blake2sHex } from "../../../host/state/hash.ts";
import { MemoryTree } from "../../../host/state/memory-tree.ts";
import { applyOperation, State, type StateOperation, scattered } from "../../../host/state/state.ts";
import { rootOfProof } from "../../../host/state/tree.ts";
import { vectorCases } from "../../lib/vectors.ts";

const cases = vectorCases();

function readOperation(field: Field): StateOperation {
  const op = field.get("op").string();
  const address = field.get("address").hex(20);
  if (op === "set_storage_slot") return { op, address, key: field.get("key").word(), value: field.get("value").word() };
  const balance = field.optional("balance")?.uint(256);
  const nonce = field.optional("nonce")?.uint(64);
  const code = field.optional("code")?.hex();
  if (op === "set_balance") return { op, address, balance: balance! };
  if (op === "set_evm_bytecode") return { op, address, code: fromHex(code!) };
  if (op !== "set_account_properties") field.fail(`unknown operation ${op}`);
  return {
    op,
    address,
    ...(balance === undefined ? {} : { balance }),
    ...(nonce === undefined ? {} : { nonce }),
    ...(code === undefined ? {} : { code: fromHex(code) }),
  };
}

describe.skipIf(cases.length === 0)("vectors", () => {
  it.each(cases)("$flavour/$name: the operations make the state before", ({ folder }) => {
    const prestate = readDocument(join(folder, "prestate.json"), "");
    const operations = prestate.get("ops").items().map(readOperation);
    const expected = readBundle(folder).state;
    if (operations.length === 0) return; // an empty state, or one left by a block before
    const randomized = prestate.get("randomized_tree").boolean();
    const place = randomized ? (key: Hex) => expected.tree.indexOf(key) : undefined;
    const state = new State(new MemoryTree(), new Map(), place);
    for (const operation of operations) applyOperation(state, operation);
    expect(state.tree.root()).toBe(expected.tree.root());
    expect([...state.tree.leaves()]).toEqual([...expected.tree.leaves()]);
    for (const [hash, bytes] of expected.preimages) expect(toHex(state.preimages.get(hash)!)).toBe(toHex(bytes));
  });

  it("encodes and hashes accounts as the original does", () => {
    let count = 0;
    for (const { folder } of cases) {
      const { state } = readBundle(folder);
      for (const [address, account] of readDocument(join(folder, "prestate.json"), "").get("accounts").entries()) {
        const encoding = account.get("encoding").hex(124);
        const decoded = decodeAccount(fromHex(encoding));
        expect(toHex(encodeAccount(decoded))).toBe(encoding);
        expect(blake2sHex(fromHex(encoding))).toBe(account.get("hash").hex(32));
        expect(decoded).toEqual({
          versioning: account.get("versioning_data").uint(64),
          nonce: account.get("nonce").uint(64),
          balance: account.get("balance").uint(256),
          bytecodeHash: account.get("bytecode_hash").hex(32),
          bytecodeLength: Number(account.get("bytecode_len").uint(32)),
          artifactsLength: Number(account.get("artifacts_len").uint(32)),
          observableBytecodeHash: account.get("observable_bytecode_hash").hex(32),
          observableBytecodeLength: Number(account.get("observable_bytecode_len").uint(32)),
        });
        expect(state.tree.value(accountKey(address as Hex))).toBe(account.get("hash").hex(32));
        expect(state.account(address as Hex)).toEqual(decoded);
        count++;
      }
    }
    expect(count).toBeGreaterThan(200);
  });
});

describe("state", () => {
  const word = (n: number): Hex => uintToHex(BigInt(n), 32);
  const address: Hex = "0x00000000000000000000000000000000000000aa";

  it("is empty where nothing was set", () => {
    const state = new State(new MemoryTree());
    expect(state.account(address)).toMatchObject({ balance: 0n, nonce: 0n, bytecodeLength: 0 });
    expect(state.storage(address, `0x${"00".repeat(32)}`)).toBe(`0x${"00".repeat(32)}`);
  });

  it("keeps what is not set, resets what is replaced, and clones", () => {
    const state = new State(new MemoryTree());
    applyOperation(state, { op: "set_account_properties", address, balance: 5n, nonce: 2n });
    applyOperation(state, { op: "set_account_properties", address, nonce: 3n });
    expect(state.account(address)).toMatchObject({ balance: 5n, nonce: 3n });
    const copy = state.clone();
    applyOperation(state, { op: "set_evm_bytecode", address, code: Uint8Array.of(0x60, 0) });
    expect(state.account(address)).toMatchObject({ balance: 0n, nonce: 0n, bytecodeLength: 2 });
    applyOperation(state, { op: "set_balance", address, balance: 9n });
    expect(state.account(address)).toMatchObject({ balance: 9n, bytecodeLength: 0 });
    expect(copy.account(address)).toMatchObject({ balance: 5n, nonce: 3n });
  });

  it("scatters leaves by seed, and appends what a block adds", () => {
    const make = (seed: number) => {
      const state = new State(new MemoryTree(), new Map(), scattered(seed));
      for (let slot = 1; slot < 20; slot++) state.setStorage(address, word(slot), word(slot + 1));
      return state;
    };
    expect(make(1).tree.root()).toBe(make(1).tree.root());
    expect(make(1).tree.root()).not.toBe(make(2).tree.root());
    const { tree } = make(1);
    expect(tree.nextFreeSlot > 1n << 60n).toBe(true);
    const writes = [{ account: address, accountKey: word(50), flatKey: word(51), value: word(52) }];
    const after = make(1).after({ storageWrites: writes, publishedPreimages: [] }).tree;
    expect(after.indexOf(word(51))).toBe(tree.nextFreeSlot);
    expect(toHex(rootOfProof(after.proof(tree.nextFreeSlot)))).toBe(after.root());
  });

  it("says whose properties are missing", () => {
    const state = new State(new MemoryTree());
    state.setAccount(address, state.account(address));
    state.preimages.clear();
    expect(() => state.account(address)).toThrow(/no preimage of 0x[0-9a-f]+, the properties of 0x0+aa/);
    expect(() => decodeAccount(new Uint8Array(123))).toThrow(/124 bytes, not 123/);
  });
});
