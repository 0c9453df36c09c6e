/** Images to prove a block with: our own build, or a file that somebody gives (ours or the original's `.bin`). */
import { readFileSync } from "node:fs";
import { compile } from "../../compiler/index.ts";
import { type Program, readProgram } from "../../emulator/image/program.ts";
import { FULL, UNSIGNED } from "../../emulator/machine/config.ts";
import { cached, cacheName, type StfOptions, stfConstants, stfEntry } from "./build.ts";
import { markersOf } from "./markers.ts";
import type { ProvingImage } from "./proving-block.ts";

/** The ELF file of our state transition function for proving mode, from the cache or compiled now (which takes some ten seconds). */
export function provingElf(options: StfOptions, onProgress: (message: string) => void): Promise<Uint8Array> {
  const constants = stfConstants(options, true);
  const name = `${cacheName("stf-proving", constants, ["guest", "compiler"])}.elf`;
  return cached(name, async () => {
    onProgress(`compiling the state transition function (${options.flavour})`);
    const { PROVING: _, ...others } = constants;
    // The passes are checked by the compiler's own tests: verifying each of them here again would double the time.
    const { elf } = await compile(stfEntry(), { romData: true, constants: others, verify: false, forward: false });
    return elf;
  });
}

export async function provingImage(
  options: StfOptions,
  onProgress: (message: string) => void = () => {},
): Promise<ProvingImage & { program: Program }> {
  const program = readProgram(await provingElf(options, onProgress));
  return { image: program.image, config: UNSIGNED, markers: markersOf(program.symbols), program };
}

/**
 * The image in a file, flat or ELF. It runs on the full machine, which accepts whatever the others accept.
 * @throws InputError when it is neither
 */
export function guestImage(path: string): ProvingImage {
  const program = readProgram(new Uint8Array(readFileSync(path)));
  return { image: program.image, config: FULL, markers: markersOf(program.symbols) };
}
