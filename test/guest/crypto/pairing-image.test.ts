/** BN254 and modexp as a proving image on the emulator, on the reference vectors' inputs: what the prover would run. */
import { beforeAll, describe, expect, test } from "vitest";
import { compile } from "../../../compiler/index.ts";
import { interpreter } from "../../../emulator/index.ts";
import { UNSIGNED } from "../../../emulator/machine/config.ts";
import { answerHint } from "../../../host/oracle/hints.ts";
import { precompileCalls } from "./precompile-vectors.ts";

/** The program's input, then the hints that it asks for. */
class Tape {
  #left: number[];
  #asked: number[] = [];

  constructor(words: number[]) {
    this.#left = words;
  }
  read(): number {
    return this.#left.shift() ?? -1;
  }
  write(word: number): void {
    this.#asked.push(word);
    const [id, count] = this.#asked;
    if (count === undefined || this.#asked.length < 2 + count) return;
    const answer = answerHint(id!, Uint32Array.from(this.#asked.slice(2)));
    this.#left = [answer.length, ...answer];
    this.#asked = [];
  }
}

function pad(bytes: Uint8Array, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => bytes[i] ?? 0);
}

describe("BN254 and modexp as an image", () => {
  let image: Uint8Array;
  beforeAll(async () => {
    image = (
      await compile("test/guest/crypto/pairing-image.as.ts", { constants: { FLAVOUR: 0, P256: 0 }, romData: true })
    ).image;
  });

  /** x10…x17 */
  function run(call: number, input: Uint8Array, [a = 0, b = 0, c = 0]: number[] = []): number[] {
    const view = new DataView(pad(input, (input.length + 3) & ~3).buffer);
    const words = Array.from({ length: view.byteLength / 4 }, (_, i) => view.getUint32(4 * i, true));
    const machine = interpreter.load(image, UNSIGNED, new Tape([call, a, b, c, words.length, ...words]));
    const stop = machine.run({ maxCycles: 20_000_000 });
    expect(stop.kind).toBe("finished");
    return Array.from(machine.registers.slice(10, 18));
  }

  /** The words of an output that the program shows. */
  function shown(output: Uint8Array): number[] {
    const view = new DataView(pad(output, 64).buffer);
    return [0, 4, 8, 12, 32, 56, 60].map((at) => view.getUint32(at, true));
  }

  test("addition and multiplication", () => {
    for (const [address, length] of [
      [6, 128],
      [7, 96],
    ] as const) {
      for (const { name, input, output } of precompileCalls(address)) {
        const [result, ...words] = run(address, pad(input, length));
        expect(result, name).toBe(output ? 1 : 0);
        if (output) expect(words, name).toEqual(shown(output));
      }
    }
  });

  test("pairing", () => {
    for (const { name, input, output } of precompileCalls(8)) {
      if (output) expect(run(8, input, [input.length / 192])[0], name).toBe(output[31]);
    }
  });

  test("modexp", () => {
    for (const { name, input, output } of precompileCalls(5)) {
      const lengths = [28, 60, 92].map((at) => new DataView(pad(input, 96).buffer).getUint32(at));
      if (!output || lengths.some((length) => length > 1024)) continue;
      const [, ...words] = run(
        5,
        pad(
          input.slice(96),
          lengths.reduce((a, b) => a + b),
        ),
        lengths,
      );
      expect(words, name).toEqual(shown(output.slice(0, 64)));
    }
  });
});
