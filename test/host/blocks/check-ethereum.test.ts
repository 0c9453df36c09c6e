/** The post-check: the original's result for the mainnet block passes with its deviations named; every change of it is found. */
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { EthereumBlock } from "../../../host/blocks/block.ts";
import { readBundle } from "../../../host/blocks/bundle.ts";
import { checkEthereum, isRefund } from "../../../host/blocks/check-ethereum.ts";
import type { Hex } from "../../../host/bytes.ts";
import type { BlockResult, ExecutedTransaction } from "../../../host/state/result.ts";
import { shared } from "../../lib/shared.ts";

const mainnet = shared("blocks/22244135");
const vector = shared("vectors/evm-replay/22244135.plain");
const WORD: Hex = `0x${"12".repeat(32)}`;

describe.skipIf(!mainnet || !vector)("block 22244135", () => {
  const block = () => readBundle(mainnet!).ethereum!;
  const original = () => readBundle(join(vector!)).expected.result!;

  it("agrees, with every deviation named", () => {
    const check = checkEthereum(block(), original());
    expect(check).toMatchObject({ agrees: true, unchecked: [] });
    const counts = new Map<string, number>();
    for (const { deviation } of check.findings) counts.set(deviation!, (counts.get(deviation!) ?? 0) + 1);
    // Each of the twelve refunds explains one balance to the wei.
    expect([...counts].sort()).toEqual([
      ["fee-of-refund", 12],
      ["miner-balance", 1],
      ["no-refund", 12],
    ]);
  });

  it("says what it could not check", () => {
    const { receipts, diffs, ...bare } = block();
    expect(receipts && diffs).toBeDefined();
    expect(checkEthereum(bare, original())).toEqual({
      agrees: true,
      unchecked: ["receipts", "state diff"],
      findings: [],
    });
  });

  const executed = (result: BlockResult, i = 0) => result.transactions[i] as ExecutedTransaction;
  const withLogs = (result: BlockResult) =>
    result.transactions.findIndex((tx) => tx.status !== "invalid" && tx.logs.length > 0);
  const slotWrite = (result: BlockResult) => result.storageWrites.find(({ account }) => !/8003$/.test(account))!;

  it.each<[string, (result: BlockResult, block: EthereumBlock) => void, RegExp]>([
    [
      "an invalid transaction",
      (r) => (r.transactions[3] = { status: "invalid", validationError: "Nonce" }),
      /refused as invalid/,
    ],
    ["a wrong status", (r) => (executed(r).status = "revert"), /revert, on Ethereum success/],
    ["gas", (r) => (executed(r).gasUsed += 1n), /gas used 60473, on Ethereum 55672/],
    ["a missing log", (r) => executed(r, withLogs(r)).logs.pop(), /logs, on Ethereum/],
    ["a log's data", (r) => (executed(r, withLogs(r)).logs[0].data = "0x"), /log 0 has data 0x, on Ethereum/],
    ["a log's topic", (r) => (executed(r, withLogs(r)).logs[0].topics[0] = WORD), /log 0 has topics 0x1212/],
    ["a log's address", (r) => (executed(r, withLogs(r)).logs[0].address = "0x01"), /log 0 is of 0x01/],
    ["a slot's value", (r) => (slotWrite(r).value = WORD), /slot 0x.* is 0x1212.*, on Ethereum/],
    [
      "a missing write",
      (r) => r.storageWrites.splice(r.storageWrites.indexOf(slotWrite(r)), 1),
      /, ZKsync OS did not|is unchanged, on Ethereum/,
    ],
    [
      "a write too many",
      (r) => r.storageWrites.push({ ...slotWrite(r), accountKey: WORD, value: WORD }),
      /slot 0x1212.*unchanged/,
    ],
    [
      "an account too many",
      (r) => r.storageWrites.push({ ...slotWrite(r), account: "0x05", value: WORD }),
      /Ethereum did not/,
    ],
    ["a missing transaction", (r) => r.transactions.pop(), /124 transactions have results, the block has 125/],
  ])("finds %s", (_, change, message) => {
    const [reference, result] = [block(), original()];
    change(result, reference);
    const check = checkEthereum(reference, result);
    expect(check.agrees).toBe(false);
    const errors = check.findings.filter(({ deviation }) => deviation === undefined);
    expect(errors.map((finding) => finding.message).join("\n")).toMatch(message);
  });

  it("finds a wrong nonce", () => {
    const [reference, result] = [block(), original()];
    const published = result.publishedPreimages.find(({ kind }) => kind === "account")!;
    published.bytes = published.bytes.with(15, published.bytes[15] ^ 1);
    expect(checkEthereum(reference, result).agrees).toBe(false);
  });
});

describe("refunds", () => {
  it("knows sums of refunds, and the cap of a fifth", () => {
    fc.assert(
      fc.property(fc.nat(20), fc.nat(20), fc.nat(20), (a, b, c) => {
        expect(isRefund(1n, BigInt(a * 19900 + b * 4800 + c * 2800))).toBe(true);
      }),
    );
    expect(isRefund(50_004n, 10_000n)).toBe(true);
    expect(isRefund(1n, 4801n)).toBe(false);
    expect(isRefund(1n, 2900n)).toBe(false);
    expect(isRefund(1n, -4800n)).toBe(true);
  });
});
