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
import { originalImage } from "../fuzz/block.ts";
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
