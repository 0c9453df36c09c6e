/**
 * An access list whose items share their keys: half a megabyte in the transaction, 17 MB once it is written out for hashing. It must stop the run, not be written
 * over what lies behind the buffer.
 */
import { expect, test } from "vitest";
import type { BlockBundle } from "../../host/blocks/bundle.ts";
import { concat, uintToBytes, uintToHex } from "../../host/bytes.ts";
import { forwardBlock } from "../../host/stf/forward-block.ts";
import { address, oneTransaction } from "./one-transaction.ts";

const word = (value: number): Uint8Array => uintToBytes(BigInt(value), 32);

/** `items` items that all are the one that the list holds, with `keys` keys. */
function sharedList(items: number, keys: number): Uint8Array {
  const heads = Array.from({ length: items }, () => word(32 * items));
  const item = concat(word(0x1234), word(64), word(keys), ...Array.from({ length: keys }, (_, i) => word(i)));
  return concat(word(32), word(1), word(32), word(items), ...heads, item);
}

function block(items: number, keys: number): BlockBundle {
  return oneTransaction({
    type: 1,
    gasLimit: 2_000_000_000n,
    reservedDynamic: sharedList(items, keys),
    accessList: Array.from({ length: items }, () => ({
      address: address(0x1234n),
      keys: Array.from({ length: keys }, (_, i) => uintToHex(BigInt(i), 32)),
    })),
  });
}

test("a list that shares its keys is hashed as if it were written out", async () => {
  const { result } = await forwardBlock(block(20, 30), { flavour: "app" });
  expect(result.transactions).toMatchObject([{ status: "success" }]);
});

test("one that is longer than the buffer stops the run", async () => {
  await expect(forwardBlock(block(1000, 520), { flavour: "app" })).rejects.toThrow(/access list/);
});
