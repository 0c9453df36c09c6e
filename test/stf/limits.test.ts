/**
 * Blocks that need much of what a block's memory holds (`guest/stf/system/arena.ts`): both modes come to one public input, and the original's binary to the same where
 * `WINDPROOF_ZKSYNC_OS` names a checkout. Limits of single kinds of data (journal, logs, events) once made some of these unprovable.
 */
import { describe, expect, test } from "vitest";
import { engineByName } from "../../emulator/engine/engines.ts";
import type { BlockBundle } from "../../host/blocks/bundle.ts";
import type { Flavour } from "../../host/flavour.ts";
import { forwardBlock } from "../../host/stf/forward-block.ts";
import { provingImage } from "../../host/stf/image.ts";
import { type ProvingImage, publicInputOfRun, recordTape } from "../../host/stf/proving-block.ts";
import { address, oneTransaction } from "../attack/one-transaction.ts";
import { forwardOutcome, originalImage, provingOutcome } from "../fuzz/block.ts";
import { bytecode, type Item } from "../lib/bytecode.ts";

const CONTRACT = 0xc0den << 64n;
const L1_MESSENGER = 0x8008;

/** A transaction whose contract runs `body` `count` times; `body` finds the counter, from `count` down to 1, on the stack and leaves it. */
function repeated(count: number, before: readonly Item[], body: readonly Item[]): BlockBundle {
  const again: Item[] = [1, "SWAP1", "SUB", "DUP1", { to: "again" }, "JUMPI"];
  const code = bytecode(...before, count, { label: "again" }, ...body, ...again);
  return oneTransaction({ to: address(CONTRACT), gasLimit: 2_000_000_000n }, (state) => {
    state.setAccount(address(CONTRACT), state.accountWithCode(code));
  });
}

async function proven(image: ProvingImage, bundle: BlockBundle): Promise<string> {
  const run = recordTape(await engineByName("translator"), image, bundle);
  expect(run.stop.kind).toBe("finished");
  return publicInputOfRun(run);
}

/** sendToL1(bytes) of one word, in memory */
const MESSAGE: readonly Item[] = [
  ...[0x62f8_4b24n << 224n, 0, "MSTORE", 32, 4, "MSTORE", 32, 36, "MSTORE", 42, 68, "MSTORE"],
];
const SEND: readonly Item[] = [0, 0, 100, 0, 0, L1_MESSENGER, "GAS", "CALL", "POP"];

interface Case {
  block: () => BlockBundle;
  logs?: number;
  events?: number;
  flavour?: Flavour;
}

const BLOCKS: Record<string, Case> = {
  "a million transient slots, each in the journal": {
    block: () => repeated(1_000_000, [], ["DUP1", "DUP1", "TSTORE"]),
  },
  "20,000 cold slots": { block: () => repeated(20_000, [], ["DUP1", "SLOAD", "POP"]) },
  "16,385 messages to L1, one more than their tree has leaves": {
    block: () => repeated(16_385, MESSAGE, SEND),
    logs: 16_385,
    events: 16_385,
    flavour: "server",
  },
  "70,000 messages to L1": { block: () => repeated(70_000, MESSAGE, SEND), logs: 70_000, events: 70_000 },
  "1,100,000 events": { block: () => repeated(1_100_000, [], [0, 0, "LOG0"]), events: 1_100_000 },
};

describe.each(Object.entries(BLOCKS))("%s", (_, { block, logs = 0, events = 0, flavour = "app" }) => {
  test("has one public input", async () => {
    const bundle = block();
    const { result, publicInput } = await forwardBlock(bundle, { flavour });
    const [transaction] = result.transactions;
    expect(transaction!.status).toBe("success");
    expect(transaction!.l2ToL1Logs?.length).toBe(logs);
    expect(transaction!.logs?.length).toBe(events);
    expect(await proven(await provingImage({ flavour }), bundle)).toBe(publicInput);
    const original = originalImage(flavour);
    if (original) expect(await proven(original, bundle)).toBe(publicInput);
  });
});

/** Calls `callee` with `length` bytes of memory, `count` times, then `after`; adds up what the calls say and how much they return, in slot 0. */
function returning(count: number, length: number, callee: number | bigint, after: readonly Item[] = []): BlockBundle {
  const sum: readonly Item[] = ["RETURNDATASIZE", "ADD", 0, "SLOAD", "ADD", 0, "SSTORE"];
  const call = (to: number | bigint, bytes: number): Item[] => [0, 0, bytes, 0, to, "GAS", "STATICCALL", ...sum];
  const again: Item[] = [1, "SWAP1", "SUB", "DUP1", { to: "again" }, "JUMPI"];
  const code = bytecode(count, { label: "again" }, ...call(callee, length), ...again, ...after, ...call(2, 32));
  // returns as many bytes of zeros as it is given
  const echo = bytecode("CALLDATASIZE", 0, "RETURN");
  return oneTransaction({ to: address(CONTRACT), gasLimit: 2_000_000_000n }, (state) => {
    state.setAccount(address(CONTRACT), state.accountWithCode(code));
    state.setAccount(address(ECHO), state.accountWithCode(echo));
  });
}

const ECHO = CONTRACT + 1n;
const IDENTITY = 4;
const KIB = 1024;

/** What a run's calls return in all has 128 MiB in the original; a hook's output takes twice its length, and what does not fit is cut off. */
describe("return data of a transaction", () => {
  test.each([
    [
      "identity, to the last byte and beyond: then calls return nothing",
      returning(2060, 32 * KIB, IDENTITY),
      "success",
    ],
    ["a contract, to the last byte: then precompiles return nothing", returning(4096, 32 * KIB, ECHO), "success"],
    ["a contract, one call too many", returning(4097, 32 * KIB, ECHO), undefined],
    ["identity, half of the last output fits", returning(2048, 33 * KIB, IDENTITY), undefined],
  ])("%s", async (_, bundle, status) => {
    const forward = await forwardOutcome(bundle, "app");
    if (status) expect(forward.detail).toContain(status);
    else expect(forward.result).toBe("stop");
    for (const image of [await provingImage({ flavour: "app" }), originalImage("app")])
      if (image) expect(provingOutcome(bundle, image).result).toBe(forward.result);
  });
});

/** All frames' memory together has less than 128 MiB; initcode is not part of it. */
describe("memory of a constructor", () => {
  test.each([
    [2 ** 27 - 32, "success"],
    [2 ** 27, "revert"],
  ])("%d bytes", async (size, status) => {
    const data = bytecode(1, size - 1, "MSTORE8", 1, 0, "SSTORE");
    const bundle = oneTransaction({ to: address(0n), reserved: [0n, 1n, 0n, 0n], gasLimit: 60_000_000_000n, data });
    const forward = await forwardOutcome(bundle, "app");
    expect(forward.detail).toContain(status);
    for (const image of [await provingImage({ flavour: "app" }), originalImage("app")])
      if (image) expect(provingOutcome(bundle, image).result).toBe(forward.result);
  });
});
