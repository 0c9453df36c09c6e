/**
 * The batched proof on random trees: reads and writes of slots that exist or not, many between the same two neighbours, among leaves that lie together or
 * all over the tree. The new root inside the public input must be the host's own.
 */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { BlockBundle } from "../../../../host/blocks/bundle.ts";
import { readBundle } from "../../../../host/blocks/bundle.ts";
import { concat, fromHex, type Hex, toHex, uintToBytes, uintToHex } from "../../../../host/bytes.ts";
import { blake2s, flatKey, keccak256 } from "../../../../host/state/hash.ts";
import { MemoryTree } from "../../../../host/state/memory-tree.ts";
import { State, scattered } from "../../../../host/state/state.ts";
import { commitmentOf, type StateCommitment } from "../../../../host/state/tree.ts";
import { shared } from "../../../lib/shared.ts";
import { type Driven, drive, expectOk, publicInput } from "./block.ts";

const [ADDRESS, KEY, VALUE, HASHES] = [0, 32, 64, 96].map((at) => 0x00250000 + at);
const MAX = 0xffff_ffff_ffff_ffffn;

/** A small generator of random numbers (xorshift32), so that a seed names a case. */
function generator(seed: number): (below: number) => number {
  let x = (seed * 2654435761) >>> 0 || 1;
  return (below) => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) % below;
  };
}

interface Access {
  address: bigint;
  key: bigint;
  /** undefined: only read */
  value: bigint | undefined;
}

/** A state of random slots and accesses to some of them and to others. */
function makeCase(seed: number): { state: State; accesses: Access[] } {
  const random = generator(seed);
  const state = new State(new MemoryTree(), new Map(), seed % 2 ? scattered(seed) : undefined);
  const slot = () => ({ address: BigInt(0x10000 + random(4)), key: BigInt(random(60)) });
  for (let i = random(40); i > 0; i--) {
    const { address, key } = slot();
    state.setStorage(uintToHex(address, 20), uintToHex(key, 32), uintToHex(BigInt(1 + random(1000)), 32));
  }
  const accesses = Array.from({ length: 1 + random(30) }, () => ({
    ...slot(),
    value: random(3) ? BigInt(random(500)) : undefined,
  }));
  return { state, accesses };
}

function run({ guest }: Driven, accesses: readonly Access[]): void {
  guest.call("begin");
  guest.call("beginTx");
  guest.call("setResources", MAX, MAX);
  for (const { address, key, value } of accesses) {
    guest.writeNumber(ADDRESS, address);
    guest.writeNumber(KEY, key);
    guest.writeNumber(VALUE, value ?? 0n);
    if (value === undefined) expectOk(guest.call("storageTouch", 0, ADDRESS, KEY, 0));
    else expectOk(guest.call("storageWrite", 0, ADDRESS, KEY, VALUE));
  }
  guest.call("finish", HASHES, HASHES, HASHES);
}

/** The batch form of the public input around an empty block that has these states before and after, and this pubdata. */
function statement(bundle: BlockBundle, before: StateCommitment, after: StateCommitment, pubdata: Uint8Array): Hex {
  const state = ({ root, nextFreeSlot }: StateCommitment) =>
    blake2s(concat(fromHex(root), uintToBytes(nextFreeSlot, 8)));
  const zero = new Uint8Array(32);
  const { chainId, timestamp } = bundle.context;
  let empty = keccak256(new Uint8Array(88));
  for (let level = 0; level < 14; level++) empty = keccak256(concat(empty, empty));
  const output = keccak256(
    concat(
      uintToBytes(chainId, 32),
      uintToBytes(timestamp, 8),
      uintToBytes(timestamp, 8),
      new Uint8Array(20),
      keccak256(concat(zero, keccak256(pubdata), Uint8Array.of(1), zero)),
      zero,
      keccak256(new Uint8Array()),
      keccak256(concat(empty, zero)),
      zero,
    ),
  );
  return toHex(keccak256(concat(state(before), state(after), output)));
}

describe("the tree", () => {
  const folder = shared("vectors/server/a_empty_block_empty_state");
  it.skipIf(folder === undefined)("takes random reads and writes", { timeout: 120_000 }, async () => {
    const block = readBundle(folder!);
    expect(readFileSync(`${folder}/transactions.json`, "utf8").trim()).toBe("[]");
    for (let seed = 1; seed <= 40; seed++) {
      const { state, accesses } = makeCase(seed);
      const bundle: BlockBundle = { ...block, state };
      const forward = await drive(bundle, false, 2);
      run(forward, accesses);
      const { storageWrites, pubdata } = forward.reported;

      // the last write of each slot, where it changes something
      const last = new Map(
        accesses
          .filter(({ value }) => value !== undefined)
          .map((access) => [`${access.address} ${access.key}`, access]),
      );
      const changed = [...last.values()]
        .map(
          ({ address, key, value }) =>
            [flatKey(uintToHex(address, 20), uintToHex(key, 32)), uintToHex(value!, 32)] as const,
        )
        .filter(([key, value]) => (state.tree.value(key) ?? uintToHex(0n, 32)) !== value);
      expect(new Map(storageWrites.map(({ flatKey: key, value }) => [key, value])), `seed ${seed}`).toEqual(
        new Map(changed),
      );

      const before = commitmentOf(state.tree);
      const after = commitmentOf(state.after({ storageWrites, publishedPreimages: [] }).tree);
      const proving = await drive(bundle, true, 2);
      run(proving, accesses);
      expect(publicInput(proving.guest), `seed ${seed}`).toBe(statement(bundle, before, after, fromHex(pubdata)));
    }
  });
});
