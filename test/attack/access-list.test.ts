/**
 * An access list whose items share their keys: half a megabyte in the transaction, 17 MB once it is written out for hashing. It must stop the run, not be written
 * over what lies behind the buffer.
 */
import { expect, test } from "vitest";
import type { BlockBundle } from "../../host/blocks/bundle.ts";
import { concat, type Hex, uintToBytes, uintToHex, ZERO_32 } from "../../host/bytes.ts";
import { MemoryTree } from "../../host/state/memory-tree.ts";
import { State } from "../../host/state/state.ts";
import { forwardBlock } from "../../host/stf/forward-block.ts";
import { addressOf, encode, type Fields, sign } from "../fuzz/block/encode.ts";

const KEY = uintToBytes(1n, 32);
const CHAIN_ID = 37n;
const address = (value: bigint): Hex => uintToHex(value, 20);
const word = (value: number): Uint8Array => uintToBytes(BigInt(value), 32);

/** `items` items that all are the one that the list holds, with `keys` keys. */
function sharedList(items: number, keys: number): Uint8Array {
  const heads = Array.from({ length: items }, () => word(32 * items));
  const item = concat(word(0x1234), word(64), word(keys), ...Array.from({ length: keys }, (_, i) => word(i)));
  return concat(word(32), word(1), word(32), word(items), ...heads, item);
}

function block(items: number, keys: number): BlockBundle {
  const state = new State(new MemoryTree());
  const from = addressOf(KEY);
  state.setAccount(from, { ...state.account(from), balance: 10n ** 20n });
  const tx: Fields = {
    type: 1,
    from,
    to: address(0x9999n),
    gasLimit: 2_000_000_000n,
    gasPerPubdata: 0n,
    maxFee: 1000n,
    priorityFee: 1000n,
    paymaster: address(0n),
    nonce: 0n,
    value: 1n,
    reserved: [0n, 0n, 0n, 0n],
    data: new Uint8Array(),
    signature: new Uint8Array(65),
    factoryDeps: [],
    paymasterInput: new Uint8Array(),
    reservedDynamic: sharedList(items, keys),
    accessList: Array.from({ length: items }, () => ({
      address: address(0x1234n),
      keys: Array.from({ length: keys }, (_, i) => uintToHex(BigInt(i), 32)),
    })),
  };
  sign(tx, CHAIN_ID, KEY);
  return {
    name: "shared access list",
    context: {
      chainId: CHAIN_ID,
      blockNumber: 1n,
      timestamp: 1n,
      baseFee: 1000n,
      gasPerPubdata: 0n,
      nativePrice: 1n,
      coinbase: address(0n),
      gasLimit: (1n << 56n) - 1n,
      mixHash: ZERO_32,
      blockHashes: Array.from({ length: 256 }, () => ZERO_32),
    },
    transactions: [encode(tx)],
    state,
    expected: { runs: [] },
  };
}

test("a list that shares its keys is hashed as if it were written out", async () => {
  const { result } = await forwardBlock(block(20, 30), { flavour: "evm-replay" });
  expect(result.transactions).toMatchObject([{ status: "success" }]);
});

test("one that is longer than the buffer stops the run", async () => {
  await expect(forwardBlock(block(1000, 520), { flavour: "evm-replay" })).rejects.toThrow(/access list/);
});
