/** Proving mode against the reference vectors: our image in the emulator gives the original's public input, and needs fewer cycles. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { interpreter } from "../../emulator/engine/interpreter.ts";
import { ReplayTape } from "../../emulator/tape/device.ts";
import { readBundle } from "../../host/blocks/bundle.ts";
import type { Flavour } from "../../host/stf/build.ts";
import { provingImage } from "../../host/stf/image.ts";
import { publicInputOfRun, recordTape, runTape } from "../../host/stf/proving-block.ts";
import { shared } from "../lib/shared.ts";

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
