/** The room as machine code in the emulator, and in V8: the same words. */
import { p256 } from "@noble/curves/nist.js";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { hexToBytes } from "@noble/hashes/utils.js";
import { expect, test } from "vitest";
import { loadGuest, PROGRAM } from "../../lib/guest.ts";
import { buildImage, runImage, writeBytes } from "../../lib/image.ts";

const ENTRY = "test/guest/crypto/image.as.ts";
const bytes32 = (value: bigint) => hexToBytes(value.toString(16).padStart(64, "0"));

test("image and V8 agree", async () => {
  const [digest, secret] = [bytes32(12345n), bytes32(777n)];
  const signature = secp256k1.sign(digest, secret, { prehash: false, format: "recovered" });
  const key = p256.Point.BASE.multiply(777n);
  const other = p256.sign(digest, secret, { prehash: false });
  const input = new Uint8Array(0x200);
  input.set(digest, 0);
  input.set(signature.subarray(1), 32);
  input[96] = signature[0]!;
  input.set(digest, 0x100);
  input.set(other, 0x120);
  input.set(bytes32(key.x), 0x160);
  input.set(bytes32(key.y), 0x180);

  const results: number[][] = [];
  for (const proving of [false, true]) {
    const guest = await loadGuest(ENTRY, { proving });
    guest.write(PROGRAM, input);
    guest.call("main");
    results.push(guest.state.output!);
  }
  const { machine, stop } = runImage(await buildImage(ENTRY), (m) => writeBytes(m, PROGRAM, input));
  expect(stop.kind).toBe("finished");
  results.push([...machine.registers.subarray(10, 18)]);
  expect(results[0]!.slice(1, 4)).toEqual([1, 1, 0]);
  expect(results[1]).toEqual(results[0]);
  expect(results[2]).toEqual(results[0]);
});
