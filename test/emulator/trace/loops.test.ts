/** The checker's fast loops accept nothing that the careful one refuses: random programs, right and damaged. `npm run fuzz -- trace` takes more. */
import { expect, test } from "vitest";
import { compareLoops } from "../../lib/compare-loops.ts";

test("random programs", () => {
  let rows = 0;
  let refused = 0;
  for (let seed = 1; seed <= 40; seed++) {
    const found = compareLoops(seed, 10);
    expect(found.wrong, `seed ${seed}`).toBeUndefined();
    rows += found.rows;
    refused += found.refused;
  }
  // there was something to look at
  expect(rows).toBeGreaterThan(20_000);
  expect(refused).toBeGreaterThan(100);
});
