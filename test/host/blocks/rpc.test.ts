/** The JSON-RPC form: the mainnet block gives the original's inputs; what is malformed is named. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { readBundle } from "../../../host/blocks/bundle.ts";
import { toHex } from "../../../host/bytes.ts";
import { shared } from "../../lib/shared.ts";

const mainnet = shared("blocks/22244135");
const vectors = shared("vectors/evm-replay");

describe.skipIf(!mainnet || !vectors)("block 22244135", () => {
  for (const form of ["plain", "randomized"]) {
    it(`gives the inputs of the ${form} vector`, () => {
      const explicit = readBundle(join(vectors!, `22244135.${form}`));
      const place = form === "plain" ? {} : { placement: explicit.state.tree.indexOf.bind(explicit.state.tree) };
      const rpc = readBundle(mainnet!, place);
      expect(rpc.context).toEqual(explicit.context);
      expect(rpc.transactions.map(toHex)).toEqual(explicit.transactions.map(toHex));
      expect([...rpc.state.tree.leaves()]).toEqual([...explicit.state.tree.leaves()]);
      expect(rpc.state.tree.root()).toBe(explicit.state.tree.root());
      expect(rpc.state.tree.nextFreeSlot).toBe(explicit.state.tree.nextFreeSlot);
      expect(new Map([...rpc.state.preimages].sort())).toEqual(new Map([...explicit.state.preimages].sort()));
    });
  }

  it("keeps what the post-check needs", () => {
    const { ethereum } = readBundle(mainnet!);
    expect(ethereum!.skipped).toEqual([]);
    expect(ethereum!.receipts!.length).toBe(125);
    expect(ethereum!.diffs!.length).toBe(125);
    expect(ethereum!.miner).toBe("0xcc8d83aa234ecc8ecceaf2a35b74c69d35bf1bb3");
  });
});

describe("the example block", () => {
  const folder = join(import.meta.dirname, "../../../examples/block");

  it("holds what a block of a busy chain holds", () => {
    const { ethereum, transactions, expected, context } = readBundle(folder);
    expect(transactions.length).toBeGreaterThanOrEqual(100);
    expect(ethereum!.skipped).toEqual([]);
    expect(ethereum!.diffs!.length).toBe(transactions.length);
    expect(new Set(transactions.map((tx) => tx[31]))).toEqual(new Set([0, 1, 2]));
    expect(ethereum!.receipts!.filter(({ success }) => !success).length).toBeGreaterThanOrEqual(5);
    expect(context.blockHashes.filter((hash) => hash !== WORD(0)).length).toBe(Number(context.blockNumber));
    expect(expected.runs.map(({ flavour }) => flavour)).toEqual(["app", "evm-replay", "server"]);
    const deployments = transactions.filter((tx) => tx[11 * 32 + 31] === 1);
    expect(deployments.length).toBeGreaterThanOrEqual(4);
  });
});

const ADDRESS = (n: number) => `0x${n.toString(16).padStart(40, "0")}`;
const WORD = (n: number) => `0x${n.toString(16).padStart(64, "0")}`;

function transaction(extra: object = {}) {
  return {
    ...{ type: "0x0", from: ADDRESS(1), to: ADDRESS(2), gas: "0x5208", gasPrice: "0x1", nonce: "0x0", value: "0x3" },
    ...{ input: "0x", r: "0x1", s: "0x2", v: "0x25", chainId: "0x1" },
    ...extra,
  };
}

function block(transactions: object[], extra: object = {}) {
  const header = {
    number: "0x10",
    timestamp: "0x20",
    miner: ADDRESS(9),
    gasLimit: "0x1c9c380",
    baseFeePerGas: "0x3e8",
  };
  return { ...header, mixHash: WORD(7), transactions, ...extra };
}

const trace = (state: object) => ({ result: state });
const balance = (address: string, value = "0x64") => ({ [address]: { balance: value } });

describe("malformed and unusual blocks", () => {
  let folder = "";
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function bundleOf(files: Record<string, unknown>) {
    folder = mkdtempSync(join(tmpdir(), "bundle-"));
    for (const [name, content] of Object.entries(files)) {
      writeFileSync(join(folder, name), typeof content === "string" ? content : JSON.stringify(content));
    }
    return readBundle(folder);
  }
  const withBlock = (content: unknown, prestate: unknown = [trace({})]) =>
    bundleOf({ "block.json": content, "prestatetrace.json": prestate });

  it("reads answers with and without their envelope", () => {
    const bare = withBlock(block([transaction()]), [trace(balance(ADDRESS(1)))]);
    const root = bare.state.tree.root();
    rmSync(folder, { recursive: true });
    const wrapped = withBlock(
      { jsonrpc: "2.0", id: 1, result: block([transaction()]) },
      { result: [trace(balance(ADDRESS(1)))] },
    );
    expect(wrapped.state.tree.root()).toBe(root);
    expect(wrapped.context).toEqual(bare.context);
  });

  it("takes the chain id from the transactions, and block hashes from their file", () => {
    const bundle = bundleOf({
      "block.json": block([transaction({ chainId: "0x7a69", v: "0xf4f5" })]),
      "prestatetrace.json": [trace({})],
      "block_hashes.json": [
        { number: 15, hash: WORD(0xaa) },
        { number: "0x1", hash: WORD(0xbb) },
        { number: 16, hash: WORD(0xcc) },
      ],
    });
    expect(bundle.context.chainId).toBe(31337n);
    expect([bundle.context.blockHashes[0], bundle.context.blockHashes[14]]).toEqual([WORD(0xaa), WORD(0xbb)]);
    expect(bundle.context.blockHashes.filter((hash) => hash !== WORD(0)).length).toBe(2);
    expect(bundle.context.nativePrice).toBe(10n);
  });

  it("leaves out what ZKsync OS cannot run, with its traces", () => {
    const bundle = bundleOf({
      "block.json": block([transaction({ type: "0x3" }), transaction(), transaction()]),
      "prestatetrace.json": [trace(balance(ADDRESS(5))), trace(balance(ADDRESS(6))), trace(balance(ADDRESS(7)))],
      "calltrace.json": [
        trace({ type: "CALL", to: ADDRESS(2) }),
        trace({ type: "CALL", to: ADDRESS(2), calls: [{ type: "STATICCALL", to: ADDRESS(9) }] }),
        trace({ type: "CALL", to: ADDRESS(2) }),
      ],
    });
    expect(bundle.transactions.length).toBe(1);
    expect(bundle.ethereum!.positions).toEqual([2]);
    expect(bundle.ethereum!.skipped.map(({ position }) => position)).toEqual([0, 1]);
    expect(bundle.ethereum!.skipped[1].reason).toMatch(/blake2f/);
    expect(bundle.state.tree.size).toBe(3);
  });

  it("takes the first mention of a value, and nothing of what the block itself deploys", () => {
    const created = ADDRESS(0xcc);
    const bundle = bundleOf({
      "block.json": block([transaction(), transaction()]),
      "prestatetrace.json": [
        trace({ [ADDRESS(1)]: { balance: "0x64", nonce: 5 } }),
        trace({ [ADDRESS(1)]: { balance: "0x1", nonce: 6 }, [created]: { balance: "0x5", code: "0x6000", nonce: 1 } }),
      ],
      "calltrace.json": [trace({ type: "CREATE", to: created }), trace({ type: "CALL", to: created })],
    });
    expect(bundle.state.account(ADDRESS(1) as `0x${string}`)).toMatchObject({ balance: 100n, nonce: 5n });
    expect(bundle.state.account(created as `0x${string}`)).toMatchObject({ balance: 0n, nonce: 0n, bytecodeLength: 0 });
  });

  const NO_TX = block([]);
  it.each<[string, Record<string, unknown>, RegExp]>([
    ["nothing", {}, /neither block\.json .* nor context\.json/],
    ["no prestate", { "block.json": NO_TX }, /the file does not exist\n {2}where: .*prestatetrace\.json/],
    ["not JSON", { "block.json": "{" }, /not valid JSON: .*\n {2}where: block\.json/],
    ["an error answer", { "block.json": { error: { code: 1, message: "no" } } }, /answered with an error: .*"no"/],
    ["a list", { "block.json": [] }, /expected an object, got \[\]\n {2}where: block\.json/],
    ["no transactions", { "block.json": {} }, /"transactions" is missing/],
    [
      "hashes only",
      { "block.json": block([WORD(1) as unknown as object]), "prestatetrace.json": [trace({})] },
      /expected an object, got "0x0.*\n {2}where: block\.json: transactions\[0\]/,
    ],
    [
      "fewer traces than transactions",
      { "block.json": block([transaction()]), "prestatetrace.json": [] },
      /0 entries for a block of 1 transactions\n {2}where: prestatetrace\.json/,
    ],
    [
      "a failed trace",
      { "block.json": block([transaction()]), "prestatetrace.json": [{ error: "timeout" }] },
      /could not trace this transaction: "timeout"\n {2}where: prestatetrace\.json: \[0\]\.error/,
    ],
    [
      "a bad address",
      { "block.json": block([transaction()]), "prestatetrace.json": [trace({ "0x12": {} })] },
      /"0x12" is not an address/,
    ],
    [
      "a bad slot",
      {
        "block.json": block([transaction()]),
        "prestatetrace.json": [trace({ [ADDRESS(1)]: { storage: { x: "0x1" } } })],
      },
      /"x" is not a storage slot/,
    ],
    [
      "a balance too large",
      {
        "block.json": block([transaction()]),
        "prestatetrace.json": [trace(balance(ADDRESS(1), `0x1${"00".repeat(32)}`))],
      },
      /at most 256 bits/,
    ],
    [
      "a bad nonce",
      { "block.json": block([transaction({ nonce: "0x-1" })]), "prestatetrace.json": [trace({})] },
      /expected an unsigned integer, got "0x-1"\n {2}where: block\.json: transactions\[0\]\.nonce/,
    ],
    [
      "no signature",
      { "block.json": block([transaction({ r: null })]), "prestatetrace.json": [trace({})] },
      /"r" is missing/,
    ],
    [
      "a bad parity",
      { "block.json": block([transaction({ v: "0x5" })]), "prestatetrace.json": [trace({})] },
      /5 says neither 0 nor 1/,
    ],
    [
      "two chains",
      {
        "block.json": block([transaction(), transaction({ chainId: "0x2" })]),
        "prestatetrace.json": [trace({}), trace({})],
      },
      /chain id 2, but others are signed for 1/,
    ],
    [
      "odd hex",
      { "block.json": block([transaction({ input: "0x123" })]), "prestatetrace.json": [trace({})] },
      /expected hex bytes, got "0x123"/,
    ],
  ])("names the fault: %s", (_, files, message) => {
    expect(() => bundleOf(files)).toThrow(message);
  });

  it("says where to look when the folder is not there", () => {
    expect(() => readBundle(join(tmpdir(), "no-such-bundle"))).toThrow(
      /there is no such folder\n.*\n {2}next: give the folder/,
    );
  });
});

const example = shared("vectors/app/b_transfer_eip1559");

describe.skipIf(!example)("malformed explicit bundles", () => {
  let folder = "";
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  type Json = Record<string, unknown>;
  function changed(name: string, change: (content: Json) => unknown) {
    folder = mkdtempSync(join(tmpdir(), "bundle-"));
    for (const file of ["context", "transactions", "tree_before", "preimages_before"]) {
      const text = readFileSync(join(example!, `${file}.json`), "utf8");
      // context.json holds integers above 2^53: only what is changed goes through doubles
      const json = file === name ? change(JSON.parse(text) as Json) : undefined;
      writeFileSync(join(folder, `${file}.json`), json === undefined ? text : JSON.stringify(json));
    }
    return () => readBundle(folder);
  }
  const first = (tree: Json) => (tree.leaves as Json[])[0];

  it("reads exact 64-bit integers", () => {
    expect(changed("none", (json) => json)().context.gasLimit).toBe(72057594037927935n);
  });

  it.each<[string, (content: Json) => unknown, RegExp]>([
    ["context", (c) => ({ ...c, block_hashes_most_recent_first: [] }), /expected 256 block hashes, got 0/],
    ["context", (c) => ({ ...c, coinbase: "0x12" }), /expected 20 bytes, got 1\n {2}where: context\.json: coinbase/],
    ["transactions", () => ["0x"], /a transaction cannot be empty\n {2}where: transactions\.json: \[0\]/],
    ["tree_before", (t) => ({ ...t, root: WORD(1) }), /the leaves make the root 0x.*, not the one stated/],
    ["tree_before", (t) => ({ ...t, next_free_slot: 1 }), /not below the next free slot 1/],
    ["tree_before", (t) => ({ ...t, leaves: [first(t)] }), /leaf 1 is not the guard/],
    [
      "tree_before",
      (t) => ({ ...t, leaves: [{ ...first(t), next: -1 }] }),
      /unsigned integer, got -1\n.*leaves\[0\]\.next/,
    ],
    ["preimages_before", () => ({ [WORD(1)]: "0x00" }), /these bytes have the Blake2s hash 0x/],
  ])("names the fault in %s.json", (name, change, message) => {
    expect(changed(name, change)).toThrow(message);
  });
});
