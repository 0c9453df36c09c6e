/**
 * Edges: forward and proving mode agree on what an adversary may send, and, where `WINDPROOF_ZKSYNC_OS` names a checkout, with the original's binary.
 */
import { describe, expect, test } from "vitest";
import { forwardBlock } from "../../host/stf/forward-block.ts";
import { provingImage } from "../../host/stf/image.ts";
import { forwardOutcome, originalImage, provingOutcome } from "../fuzz/block.ts";
import { address, oneTransaction } from "./one-transaction.ts";
import { SCENES } from "./scenes.ts";

describe("at the edge", () => {
  for (const [name, scene] of Object.entries(SCENES)) {
    test(name, async () => {
      const bundle = scene();
      const { result } = await forwardOutcome(bundle, "app");
      expect(provingOutcome(bundle, await provingImage({ flavour: "app" })).result).toBe(result);
      const original = originalImage("app");
      if (original) expect(provingOutcome(bundle, original).result).toBe(result);
    });
  }
});

test("a wasm deployment that cannot pay its extra gas reverts", async () => {
  const short = oneTransaction({ to: address(0x9000n), gasLimit: 44_000n });
  const { result } = await forwardBlock(short, { flavour: "app" });
  expect(result.transactions).toMatchObject([{ status: "revert", gasUsed: 44_000n }]);
  const enough = oneTransaction({ to: address(0x9000n), gasLimit: 100_000n });
  await expect(forwardBlock(enough, { flavour: "app" })).rejects.toThrow(/wasm deployment/);
});
