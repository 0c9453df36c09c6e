/** Proving mode against the reference vectors: our image in the emulator gives the original's public input, and needs fewer cycles. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { interpreter } from "../../emulator/engine/interpreter.ts";
import { ReplayTape } from "../../emulator/tape/device.ts";
import { readBundle } from "../../host/blocks/bundle.ts";
import type { Flavour } from "../../host/flavour.ts";
import { forwardBlock } from "../../host/stf/forward-block.ts";
import { provingImage } from "../../host/stf/image.ts";
import { publicInputOfRun, recordTape, runTape } from "../../host/stf/proving-block.ts";
import { shared } from "../lib/shared.ts";

/** Public inputs of the mainnet block in the flavours whose vectors do not hold it (`vectors/README.md`; the batch's is the server's). */
const MAINNET: readonly { flavour: Flavour; publicInput?: string }[] = [
  { flavour: "app" },
  { flavour: "server", publicInput: "0x2983152d6425f5ebdeb2250fd190645e4b042ad9cf797ce09276b787b121a95a" },
];

const FOLDERS: readonly { folder: string; flavour: Flavour }[] = [
  { folder: "app", flavour: "app" },
  { folder: "server", flavour: "server" },
  { folder: "evm-replay", flavour: "evm-replay" },
];

for (const { folder, flavour } of FOLDERS) {
  const path = shared(`vectors/${folder}`);
  describe.skipIf(!path)(`proving mode, ${folder}`, () => {
    // where the original itself stops with an internal error there is nothing but its message
    const cases = path ? readdirSync(path).filter((name) => existsSync(join(path, name, "context.json"))) : [];
    for (const name of cases) {
      test(name, async () => {
        const bundle = readBundle(join(path!, name));
        const image = await provingImage({ flavour });
        const recorded = recordTape(interpreter, image, bundle);
        expect(recorded.stop).toMatchObject({ kind: "finished" });
        const expected = bundle.expected.publicInput!;
        expect(publicInputOfRun(recorded)).toBe(flavour === "server" ? expected.batch : expected.blocks);
        // the tape alone gives the same run
        const replayed = runTape(interpreter, image, new ReplayTape(recorded.tape));
        expect(replayed.registers).toEqual(recorded.registers);
        expect(replayed.cycles).toBe(recorded.cycles);
      });
    }
  });
}

const mainnet = shared("vectors/evm-replay/22244135.plain");
describe.skipIf(!mainnet)("the mainnet block in the other flavours", () => {
  for (const { flavour, publicInput } of MAINNET) {
    test(flavour, async () => {
      const bundle = readBundle(mainnet!);
      const run = recordTape(interpreter, await provingImage({ flavour }), bundle);
      const expected = publicInput ?? bundle.expected.publicInput!.blocks;
      expect(publicInputOfRun(run)).toBe(expected);
      expect((await forwardBlock(bundle, { flavour })).publicInput).toBe(expected);
    });
  }
});
