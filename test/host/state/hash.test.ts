/** Node's Blake2s against noble's. */
import { blake2s as noble } from "@noble/hashes/blake2.js";
import fc from "fast-check";
import { expect, it } from "vitest";
import { toHex } from "../../../host/bytes.ts";
import { blake2s, blake2sHex, flatKey } from "../../../host/state/hash.ts";

it("is Blake2s-256", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (data) => {
      expect(toHex(blake2s(data))).toBe(toHex(noble(data)));
      expect(blake2sHex(data)).toBe(toHex(noble(data)));
    }),
  );
});

it("derives flat keys as the original does", () => {
  // the bootloader's first read in an empty block: properties of the zero address
  expect(flatKey("0x0000000000000000000000000000000000008003", `0x${"00".repeat(32)}`)).toBe(
    "0xc1198a72505f46d722ed8e0ca0f9bfe42ba3a2d868a618d9d55a80ba9255f761",
  );
});
