/** Blocks that a fuzzer found: where the guest stopped though ZKsync OS has a result. */
import { expect, test } from "vitest";
import { forwardBlock } from "../../host/stf/forward-block.ts";
import { address, oneTransaction } from "./one-transaction.ts";

test("a wasm deployment that cannot pay its extra gas reverts", async () => {
  const short = oneTransaction({ to: address(0x9000n), gasLimit: 60_000n - 16_000n });
  const { result } = await forwardBlock(short, { flavour: "app" });
  expect(result.transactions).toMatchObject([{ status: "revert", gasUsed: 44_000n }]);
  const enough = oneTransaction({ to: address(0x9000n), gasLimit: 100_000n });
  await expect(forwardBlock(enough, { flavour: "app" })).rejects.toThrow(/wasm deployment/);
});
