/**
 * Costs, warmth, rollback and deconstruction of io, on an empty state with one account. Amounts are computed here from the original's constants
 * (`flat_storage_model/cost_constants.rs`, `gas_constants.rs`).
 */
import { describe, expect, it } from "vitest";
import { readBundle } from "../../../../host/blocks/bundle.ts";
import type { Guest } from "../../../lib/guest.ts";
import { shared } from "../../../lib/shared.ts";
import { drive } from "./block.ts";

const START = 1n << 40n;
const [NO_EE, EVM] = [0, 1];
const [OK, OUT_OF_ERGS, OUT_OF_NATIVE, NUMERIC_BOUNDS] = [0, 1, 2, 3];

const [CONTRACT, KEY, VALUE, OUT, OTHER, TOPICS, BYTES] = [0, 32, 64, 96, 128, 160, 512].map((at) => 0x00250000 + at);

const COLD_EXISTING = 100_000n + 16n * 1320n;
const COLD_NEW = 2n * COLD_EXISTING;
const WRITE_EXISTING = 40_000n + 16n * 660n;
const WRITE_NEW = 100_000n + 16n * 1300n;
const keccakNative = (length: number) => BigInt(Math.max(1, Math.ceil(length / 136))) * 17_500n + 2_500n;

const folder = shared("vectors/app/a_empty_block_one_account");

describe.skipIf(folder === undefined)("io", () => {
  for (const proving of [false, true]) {
    const start = async (): Promise<Guest> => {
      const { guest } = await drive(readBundle(folder!), proving, 0);
      guest.call("begin");
      guest.call("beginTx");
      guest.writeNumber(CONTRACT, 0x1234567890n);
      guest.writeNumber(OTHER, 0xabcdefn);
      guest.writeNumber(KEY, 7n);
      guest.writeNumber(VALUE, 5n);
      return guest;
    };

    /** Calls with plenty of resources. @returns status, EVM gas and native that the call took */
    const cost = (guest: Guest, name: string, ...args: number[]): [number, bigint, bigint] => {
      guest.call("setResources", START, START);
      const status = guest.call(name, ...args);
      const left = (what: string) => BigInt.asUintN(64, guest.call(what) as unknown as bigint);
      return [status, (START - left("ergs")) / 256n, START - left("native")];
    };

    describe(proving ? "proving" : "forward", () => {
      it("charges reads by warmth, and native by existence at the block's first access", async () => {
        const guest = await start();
        expect(cost(guest, "storageRead", EVM, CONTRACT, KEY, OUT)).toEqual([OK, 2100n, 4000n + COLD_NEW]);
        expect(cost(guest, "storageRead", EVM, CONTRACT, KEY, OUT)).toEqual([OK, 100n, 4000n]);
        expect(cost(guest, "storageTouch", NO_EE, CONTRACT, KEY, 1)).toEqual([OK, 1900n, 4000n]);
        guest.call("beginTx");
        expect(cost(guest, "storageRead", EVM, CONTRACT, KEY, OUT)).toEqual([OK, 2100n, 4000n + COLD_EXISTING]);
      });

      it("charges writes by what the transaction began with", async () => {
        const guest = await start();
        const write = () => cost(guest, "storageWrite", EVM, CONTRACT, KEY, VALUE);
        expect(write()).toEqual([OK, 2100n + 100n + 19_900n, 4000n + COLD_NEW + WRITE_NEW]);
        guest.writeNumber(VALUE, 6n);
        expect(write()).toEqual([OK, 100n, 4000n + WRITE_EXISTING]);
        guest.call("beginTx");
        expect(write()).toEqual([OK, 2100n + 100n, 4000n + COLD_EXISTING + WRITE_EXISTING]);
        guest.writeNumber(VALUE, 0n);
        expect(write()).toEqual([OK, 100n + 2800n, 4000n + WRITE_EXISTING]);
        guest.writeNumber(VALUE, 9n);
        expect(write()).toEqual([OK, 100n, 4000n + WRITE_EXISTING]);
      });

      it("asks again for nothing, and charges the first access again, after one that could not be paid", async () => {
        const guest = await start();
        guest.call("setResources", START, 4000n + COLD_NEW - 1n);
        expect(guest.call("storageRead", EVM, CONTRACT, KEY, OUT)).toBe(OUT_OF_NATIVE);
        guest.call("setResources", 2099n * 256n, START);
        expect(guest.call("storageRead", EVM, CONTRACT, KEY, OUT)).toBe(OUT_OF_ERGS);
        expect(cost(guest, "storageRead", EVM, CONTRACT, KEY, OUT)).toEqual([OK, 2100n, 4000n + COLD_NEW]);
      });

      it("takes values, warmth and the way of a slot back with a frame", async () => {
        const guest = await start();
        const outer = guest.call("startFrame");
        expect(cost(guest, "storageWrite", EVM, CONTRACT, KEY, VALUE)[0]).toBe(OK);
        const inner = guest.call("startFrame");
        guest.writeNumber(VALUE, 8n);
        expect(cost(guest, "storageWrite", EVM, CONTRACT, KEY, VALUE)[0]).toBe(OK);
        guest.call("finishFrame", inner, 1);
        cost(guest, "storageRead", EVM, CONTRACT, KEY, OUT);
        expect(guest.readNumber(OUT)).toBe(5n);
        guest.call("finishFrame", outer, 1);
        // cold again, but known to the cache; the slot counts as new again for the write
        expect(cost(guest, "storageWrite", EVM, CONTRACT, KEY, VALUE)).toEqual([
          OK,
          2100n + 100n + 19_900n,
          4000n + COLD_EXISTING + WRITE_NEW,
        ]);
      });

      it("charges accounts by warmth, and loads them by the slot under 0x8003", async () => {
        const guest = await start();
        const load = 4000n + COLD_NEW;
        expect(cost(guest, "balance", EVM, CONTRACT, OUT)).toEqual([OK, 2600n, 4000n + load]);
        expect(cost(guest, "balance", EVM, CONTRACT, OUT)).toEqual([OK, 100n, 4000n]);
        expect(cost(guest, "selfBalance", EVM, CONTRACT, OUT)).toEqual([OK, 5n, 0n]);
        guest.call("beginTx");
        expect(cost(guest, "codeSize", EVM, CONTRACT)).toEqual([OK, 2600n, 4000n]);
        expect(cost(guest, "touchAccount", NO_EE, OTHER, 1)).toEqual([OK, 2400n, 4000n + load]);
        guest.writeNumber(OTHER, 4n);
        expect(cost(guest, "balance", EVM, OTHER, OUT)).toEqual([OK, 100n, 4000n + load]);
      });

      it("moves balances within their bounds", async () => {
        const guest = await start();
        guest.writeNumber(VALUE, 10n);
        expect(cost(guest, "updateBalance", NO_EE, CONTRACT, VALUE, 0)[0]).toBe(OK);
        guest.writeNumber(VALUE, 11n);
        expect(cost(guest, "transfer", NO_EE, CONTRACT, OTHER, VALUE)[0]).toBe(NUMERIC_BOUNDS);
        guest.writeNumber(VALUE, 4n);
        expect(cost(guest, "transfer", NO_EE, CONTRACT, OTHER, VALUE)[0]).toBe(OK);
        cost(guest, "balance", NO_EE, OTHER, OUT);
        expect(guest.readNumber(OUT)).toBe(4n);
        guest.writeNumber(VALUE, (1n << 256n) - 1n);
        expect(cost(guest, "updateBalance", NO_EE, OTHER, VALUE, 0)[0]).toBe(NUMERIC_BOUNDS);
      });

      it("charges events and messages by topics and bytes", async () => {
        const guest = await start();
        expect(cost(guest, "emitEvent", EVM, CONTRACT, TOPICS, 3, BYTES, 45)).toEqual([
          OK,
          375n + 3n * 375n + 8n * 45n,
          6000n + 3n * 200n + 2n * 45n,
        ]);
        expect(cost(guest, "emitL1Message", CONTRACT, BYTES + 3, 200, OUT)).toEqual([
          OK,
          30n + 6n * 7n,
          keccakNative(88) + 3n * keccakNative(64) + 2n * keccakNative(200) + 6000n + 2n * 200n,
        ]);
        expect(guest.call("pubdataUsed") as unknown as bigint).toBe(4n + 200n + 88n);
      });

      it("empties what a transaction deployed and destroyed, at its end and whenever it is touched again in the block", async () => {
        const guest = await start();
        guest.write(BYTES, Uint8Array.of(0x60, 0, 0x60, 0, 0x52));
        expect(cost(guest, "touchAccount", EVM, CONTRACT, 0)[0]).toBe(OK);
        expect(cost(guest, "deployCode", EVM, CONTRACT, BYTES, 5)).toEqual([OK, 1000n, 4000n + 500n + 1000n]);
        expect(cost(guest, "updateBalance", NO_EE, CONTRACT, VALUE, 0)[0]).toBe(OK);
        expect(cost(guest, "storageWrite", EVM, CONTRACT, KEY, VALUE)[0]).toBe(OK);
        // the beneficiary is cold and new: 2600 and 25000; the account itself is warm
        expect(cost(guest, "markForDeconstruction", EVM, CONTRACT, OTHER, 0)[1]).toBe(2600n + 25_000n);
        cost(guest, "codeSize", EVM, CONTRACT);
        expect(guest.call("size")).toBe(5);
        guest.call("finishTx");
        cost(guest, "codeSize", EVM, CONTRACT);
        expect(guest.call("size")).toBe(0);
        cost(guest, "storageRead", EVM, CONTRACT, KEY, OUT);
        expect(guest.readNumber(OUT)).toBe(0n);

        guest.call("beginTx");
        expect(cost(guest, "updateBalance", NO_EE, CONTRACT, VALUE, 0)[0]).toBe(OK);
        guest.call("finishTx");
        cost(guest, "balance", NO_EE, CONTRACT, OUT);
        expect(guest.readNumber(OUT)).toBe(0n);
      });

      it("keeps an account that was there before, but for its balance (EIP-6780)", async () => {
        const guest = await start();
        guest.write(BYTES, Uint8Array.of(0xfe));
        cost(guest, "touchAccount", EVM, CONTRACT, 0);
        expect(cost(guest, "deployCode", EVM, CONTRACT, BYTES, 1)[0]).toBe(OK);
        guest.call("finishTx");
        guest.call("beginTx");
        expect(cost(guest, "updateBalance", NO_EE, CONTRACT, VALUE, 0)[0]).toBe(OK);
        expect(cost(guest, "markForDeconstruction", EVM, CONTRACT, CONTRACT, 0)[1]).toBe(0n);
        expect(cost(guest, "markForDeconstruction", EVM, CONTRACT, OTHER, 0)[0]).toBe(OK);
        guest.call("finishTx");
        // whoever reads a property of an account with code pays for its code in the cache
        expect(cost(guest, "balance", EVM, CONTRACT, OUT)).toEqual([OK, 100n, 4000n + 500n]);
        expect(cost(guest, "readAccountCode", EVM, CONTRACT)).toEqual([OK, 100n, 4000n + 500n]);
        expect(guest.call("codeLength")).toBe(1);
        expect(guest.read(guest.call("code"), 1)).toEqual(Uint8Array.of(0xfe));
        cost(guest, "balance", NO_EE, OTHER, OUT);
        expect(guest.readNumber(OUT)).toBe(5n);
      });

      it("has transient storage for one transaction, rolled back with frames", async () => {
        const guest = await start();
        expect(cost(guest, "transientWrite", EVM, CONTRACT, KEY, VALUE)).toEqual([OK, 100n, 4000n]);
        const frame = guest.call("startFrame");
        guest.writeNumber(VALUE, 77n);
        cost(guest, "transientWrite", EVM, CONTRACT, KEY, VALUE);
        guest.call("finishFrame", frame, 1);
        expect(cost(guest, "transientRead", EVM, CONTRACT, KEY, OUT)).toEqual([OK, 100n, 4000n]);
        expect(guest.readNumber(OUT)).toBe(5n);
        guest.call("beginTx");
        cost(guest, "transientRead", EVM, CONTRACT, KEY, OUT);
        expect(guest.readNumber(OUT)).toBe(0n);
      });

      it("counts pubdata of a transaction net of the block's begin, reads of changed slots included", async () => {
        const guest = await start();
        const used = () => guest.call("pubdataUsed") as unknown as bigint;
        cost(guest, "storageWrite", EVM, CONTRACT, KEY, VALUE);
        expect(used()).toBe(32n + 2n);
        guest.call("finishTx");
        guest.call("beginTx");
        expect(used()).toBe(0n);
        cost(guest, "storageRead", EVM, CONTRACT, KEY, OUT);
        expect(used()).toBe(32n + 2n);
        guest.writeNumber(VALUE, 0n);
        cost(guest, "storageWrite", EVM, CONTRACT, KEY, VALUE);
        expect(used()).toBe(0n);
        cost(guest, "incrementNonce", NO_EE, OTHER, 1n as unknown as number);
        expect(used()).toBe(3n);
      });
    });
  }
});
