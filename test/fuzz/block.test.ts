/** A few random blocks: forward and proving mode agree. `npm run fuzz -- block` runs as many as one likes, and the original's binary beside them. */
import { expect, test } from "vitest";
import { runCase } from "./block.ts";

// multiples of 12 have one flavour, so that one image is built; these are blocks that do not stop
for (const seed of [0, 12, 24, 36, 48, 60, 72, 84]) {
  test(`block of seed ${seed}`, async () => {
    const { flavour, forward, proving } = await runCase(seed, false);
    expect(flavour).toBe("app");
    expect(proving.result).toBe(forward.result);
  });
}
