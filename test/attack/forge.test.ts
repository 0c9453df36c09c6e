/** Dishonest provers, briefly: forged tapes and lying oracles against three small blocks. `windproof verify-determinism --forge` does it at length. */
import { expect, test } from "vitest";
import { interpreter } from "../../emulator/engine/interpreter.ts";
import { forge } from "../../host/attack/forge.ts";
import { readBundle } from "../../host/blocks/bundle.ts";
import type { Flavour } from "../../host/flavour.ts";
import { provingImage } from "../../host/stf/image.ts";
import { recordTape } from "../../host/stf/proving-block.ts";
import { shared } from "../lib/shared.ts";

const CASES: readonly [flavour: Flavour, name: string][] = [
  ["app", "f_create2"],
  ["app", "d_precompile_07_alt_bn128_mul_chfast1"],
  ["app", "e_l1_to_l2_transfer"],
];

for (const [flavour, name] of CASES) {
  const path = shared(`vectors/${flavour}/${name}`);
  test.skipIf(!path)(`60 forgeries against ${name}`, async () => {
    const bundle = readBundle(path!);
    const image = await provingImage({ flavour });
    const recorded = recordTape(interpreter, image, bundle);
    const options = {
      flavour,
      engine: interpreter,
      image,
      recorded,
      runs: 60,
      seed: 1,
      maxCycles: 4 * recorded.cycles,
    };
    const report = await forge(bundle, options);
    expect(report.forgeries).toEqual([]);
    // an attack that never reaches a check shows nothing
    expect(Object.values(report.stopped).reduce((sum, n) => sum + n, 0)).toBeGreaterThan(20);
  });
}
