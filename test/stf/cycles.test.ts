/** What blocks cost the prover only goes down: each run needs no more than `bench/cycles.json` says (but for 0.05 %). */
import { describe, expect, test } from "vitest";
import { costCases, formatChange, measureCost, recordedCosts } from "../../bench/cycles.ts";

/** Where code lies changes which constants are cheap: a few instructions, whatever was changed. */
const NOISE = 0.0005;

describe("cycles", () => {
  const recorded = recordedCosts();
  test.each(costCases())("$name needs no more than bench/cycles.json says", async (block) => {
    const before = recorded[block.name];
    expect(before, `${block.name} is not in bench/cycles.json: run \`npm run cycles\``).toBeDefined();
    const after = await measureCost(block);
    const change = `${block.name}: ${formatChange(before!, after)}`;
    if (after.effective < before!.effective) console.log(`${change}; run \`npm run cycles\` to record it`);
    expect(
      after.effective,
      `${change}: find out why, or record it with \`npm run cycles\` and say why in the commit`,
    ).toBeLessThanOrEqual(before!.effective * (1 + NOISE));
  });
});
