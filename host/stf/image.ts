/** Images to prove a block with: our own build, or a file that somebody gives (ours or the original's `.bin`). */
import { readFileSync } from "node:fs";
import { readProgram } from "../../emulator/image/program.ts";
import { FULL } from "../../emulator/machine/config.ts";
import { markersOf } from "./markers.ts";
import type { ProvingImage } from "./proving-block.ts";

/**
 * The image in a file, flat or ELF. It runs on the full machine, which accepts whatever the others accept.
 * @throws InputError when it is neither
 */
export function guestImage(path: string): ProvingImage {
  const program = readProgram(new Uint8Array(readFileSync(path)));
  return { image: program.image, config: FULL, markers: markersOf(program.symbols) };
}
