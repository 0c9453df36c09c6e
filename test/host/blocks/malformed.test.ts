/** Bundles with one value replaced or dropped, anywhere: each reads, or is refused with an InputError; nothing else happens. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InputError } from "../../../errors.ts";
import { readBundle } from "../../../host/blocks/bundle.ts";
import { toHex, uintToHex } from "../../../host/bytes.ts";
import { MemoryTree } from "../../../host/state/memory-tree.ts";
import { State } from "../../../host/state/state.ts";

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
type Files = Record<string, Json>;

const address = (n: number) => uintToHex(BigInt(n), 20);
const word = (n: number) => uintToHex(BigInt(n), 32);

function rpcFiles(): Files {
  const common = { from: address(1), gas: "0x5208", nonce: "0x0", value: "0x3", input: "0x01", r: "0x1", s: "0x2" };
  const list = [{ address: address(4), storageKeys: [word(1)] }];
  const transactions: Json = [
    { ...common, type: "0x0", to: address(2), gasPrice: "0x1", v: "0x25", chainId: "0x1" },
    { ...common, type: "0x1", to: null, gasPrice: "0x1", v: "0x0", yParity: "0x1", accessList: list },
    { ...common, type: "0x2", to: address(2), maxFeePerGas: "0x2", maxPriorityFeePerGas: "0x1", v: "0x0" },
  ];
  const account = { balance: "0x64", nonce: 1, code: "0x6000", storage: { [word(1)]: word(2) } };
  const each = (result: Json): Json => transactions.map(() => ({ result }));
  const call = { type: "CALL", to: address(2), calls: [{ type: "CREATE2", to: address(7), error: "x" }] };
  const log = { address: address(2), topics: [word(3)], data: "0x00" };
  const receipt = { transactionHash: word(1), from: address(1), status: "0x1", gasUsed: "0x5208", logs: [log] };
  return {
    "block.json": {
      number: "0x10",
      timestamp: "0x20",
      miner: address(9),
      gasLimit: "0x100",
      mixHash: word(7),
      transactions,
    },
    "prestatetrace.json": { jsonrpc: "2.0", id: 1, result: each({ [address(1)]: account }) },
    "difftrace.json": each({ pre: { [address(1)]: account }, post: { [address(1)]: account } }),
    "calltrace.json": each(call),
    "receipts.json": transactions.map(() => receipt),
    "block_hashes.json": [{ number: 15, hash: word(1) }],
    "zksync-os.json": {
      runs: [{ bin: "app.bin", public_input_bytes: word(1), cycles: 1, blake2_delegations: 1, u256_delegations: 1 }],
    },
  };
}

function explicitFiles(): Files {
  const state = new State(new MemoryTree());
  state.setAccount(address(1), { ...state.account(address(1)), balance: 5n });
  const commitment = { root: state.tree.root(), next_free_slot: Number(state.tree.nextFreeSlot) };
  const leaves = [...state.tree.leaves()].map(([index, { key, value, next }]) => ({
    ...{ index: Number(index), key, value, next: next.toString() },
  }));
  const header = {
    ...{ parent_hash: word(1), ommers_hash: word(1), beneficiary: address(1), state_root: word(0) },
    ...{ transactions_root: word(0), receipts_root: word(0), logs_bloom: `0x${"00".repeat(256)}`, difficulty: word(0) },
    ...{ number: 1, gas_limit: 1, gas_used: 0, timestamp: 1, extra_data: "0x", mix_hash: word(0) },
    ...{ nonce: "0x0000000000000000", base_fee_per_gas: 1 },
  };
  const message = {
    l2_shard_id: 0,
    is_service: true,
    tx_number_in_block: 0,
    sender: address(1),
    key: word(1),
    value: word(1),
  };
  const executed = {
    ...{ status: "success", return_data: "0x", gas_used: 1, gas_refunded: 0, native_used: 1, contract_address: null },
    ...{ logs: [{ address: address(1), topics: [word(1)], data: "0x" }], l2_to_l1_logs: [message] },
  };
  return {
    "context.json": {
      ...{ chain_id: 1, block_number: 2, timestamp: 3, eip1559_basefee: word(1), gas_per_pubdata: word(0) },
      ...{ native_price: word(1), coinbase: address(1), gas_limit: "72057594037927935", mix_hash: word(1) },
      block_hashes_most_recent_first: Array.from({ length: 256 }, () => word(0)),
    },
    "transactions.json": ["0x00"],
    "tree_before.json": { ...commitment, leaves },
    "preimages_before.json": Object.fromEntries([...state.preimages].map(([hash, bytes]) => [hash, toHex(bytes)])),
    "forward_output.json": {
      ...{ header, block_hash: word(1), pubdata: "0x", tx_results: [executed, { validation_error: "x" }] },
      storage_writes_in_order: [{ account: address(1), account_key: word(1), flat_key: word(1), value: word(1) }],
      published_preimages: [{ hash: word(1), type: "Bytecode", preimage: "0x" }],
    },
    "proof.json": {
      ...{ state_before: commitment, state_after: commitment },
      commitments: { blocks_public_input: word(1), batch: { batch_public_input: word(1) } },
    },
  };
}

/** Every place in a document: the steps that lead to it. */
function places(value: Json, path: (string | number)[] = []): (string | number)[][] {
  if (typeof value !== "object" || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([name, inner]) => places(inner, [...path, name]))];
}

/** `undefined` drops the value. */
function replaced(value: Json, path: (string | number)[], by: Json | undefined): Json | undefined {
  if (path.length === 0) return by;
  const [step, ...rest] = path;
  const inner = replaced((value as { [name: string]: Json })[step], rest, by);
  if (Array.isArray(value))
    return value.flatMap((item, i) => (`${i}` === `${step}` ? (inner === undefined ? [] : [inner]) : [item]));
  const { [step]: _, ...others } = value as { [name: string]: Json };
  return inner === undefined ? others : { ...others, [step]: inner };
}

const oddValues = fc.oneof(
  fc.constant(undefined),
  fc.constantFrom<Json>(
    null,
    "",
    "0x",
    "0x0",
    "0x00",
    -1,
    0,
    1,
    2 ** 53,
    1.5,
    true,
    [],
    {},
    [null],
    `0x${"f".repeat(65)}`,
    address(9),
  ),
  fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>,
  fc.bigInt(0n, 1n << 260n).map((value): Json => `0x${value.toString(16)}`),
);

describe.each([
  ["JSON-RPC form", rpcFiles],
  ["explicit form", explicitFiles],
])("%s", (_, make) => {
  function outcomeOf(files: Files): unknown {
    const folder = mkdtempSync(join(tmpdir(), "bundle-"));
    try {
      for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), JSON.stringify(content));
      return readBundle(folder);
    } catch (error) {
      return error;
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
  const isBundle = (outcome: unknown) => typeof outcome === "object" && outcome !== null && "transactions" in outcome;

  it("reads as it is", () => {
    expect(isBundle(outcomeOf(make()))).toBe(true);
  });

  it("is read or refused", () => {
    const files = make();
    const all = Object.entries(files).flatMap(([name, content]) => places(content).map((path) => ({ name, path })));
    let refused = 0;
    fc.assert(
      fc.property(fc.constantFrom(...all), oddValues, ({ name, path }, by) => {
        const content = replaced(files[name], path, by);
        const { [name]: _, ...others } = files;
        const outcome = outcomeOf(content === undefined ? others : { ...others, [name]: content });
        if (isBundle(outcome)) return;
        expect(outcome).toBeInstanceOf(InputError);
        expect((outcome as InputError).message).toMatch(/^.+\n {2}where: .+\n {2}next: .+$/s);
        refused++;
      }),
      { numRuns: 400 },
    );
    expect(refused).toBeGreaterThan(100);
  });

  it("is refused without any file that it needs", () => {
    for (const name of Object.keys(make()).filter((file) => !OPTIONAL.has(file))) {
      const { [name]: _, ...others } = make();
      expect(outcomeOf(others)).toBeInstanceOf(InputError);
    }
  });
});

const OPTIONAL = new Set([
  ...["difftrace.json", "calltrace.json", "receipts.json", "block_hashes.json", "zksync-os.json"],
  ...["forward_output.json", "proof.json"],
]);

it.each([
  [500, true],
  [100_000, false],
])("calls nested %i deep: read is %s", (depth, reads) => {
  const folder = mkdtempSync(join(tmpdir(), "bundle-"));
  for (const [name, content] of Object.entries(rpcFiles())) writeFileSync(join(folder, name), JSON.stringify(content));
  const nested = `${'{"calls":['.repeat(depth)}{}${"]}".repeat(depth)}`;
  writeFileSync(join(folder, "calltrace.json"), `[${[1, 2, 3].map(() => `{"result":${nested}}`).join()}]`);
  try {
    if (reads) expect(readBundle(folder).transactions.length).toBe(3);
    else expect(() => readBundle(folder)).toThrow(InputError);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
