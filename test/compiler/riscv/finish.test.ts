/** The end of an image, as Airbender's `find_binary_exit_point` looks for it (`execution_utils/src/lib.rs`, v0.3.1): exactly once, and every end goes there. */
import { expect, test } from "vitest";
import { link } from "../../../compiler/link/link.ts";
import { compileModule } from "../../../compiler/pipeline.ts";
import { readModule } from "../../../compiler/wasm/reader.ts";
import { interpreter } from "../../../emulator/engine/interpreter.ts";
import { REDUCED_PLAIN } from "../../../emulator/machine/config.ts";
import { ReplayTape } from "../../../emulator/tape/device.ts";
import { wat } from "../../lib/wat.ts";

/** `lw x10, 0(x26)` … `lw x25, 60(x26)`, then the jump to itself. */
const EXIT_SEQUENCE = [
  ...Array.from({ length: 16 }, (_, k) => ((4 * k) << 20) | (26 << 15) | (2 << 12) | ((10 + k) << 7) | 0x03),
  0x6f,
];

const module = wat(`(module
  (import "windproof" "tape_read" (func $read (result i32)))
  (import "windproof" "finish" (func $finish (param i32 i32 i32 i32 i32 i32 i32 i32)))
  (func $f (param i32) (call $finish (local.get 0) (i32.const 2) (i32.const 3) (i32.const 4) (i32.const 5) (i32.const 6) (i32.const 7) (i32.const 8)))
  (func (export "main") (result i32) (local i32)
    (local.set 0 (call $read))
    (if (i32.eq (local.get 0) (i32.const 1)) (then (call $f (i32.const 11))))
    (if (i32.eq (local.get 0) (i32.const 2)) (then (call $finish (i32.const 21) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 9))))
    (i32.const 31)))`);

test("the exit sequence is there once, and whatever ends the run arrives at its last word", () => {
  const { image } = link(compileModule(readModule(module)));
  const words = [...new Int32Array(image.slice().buffer)];
  const places = words.flatMap((_, at) => (EXIT_SEQUENCE.every((word, k) => words[at + k] === word) ? [at] : []));
  expect(places).toHaveLength(1);
  const end = 4 * (places[0]! + EXIT_SEQUENCE.length - 1);
  const outputs = [
    [31, 0, 0, 0, 0, 0, 0, 0],
    [11, 2, 3, 4, 5, 6, 7, 8],
    [21, 0, 0, 0, 0, 0, 0, 9],
  ];
  outputs.forEach((output, word) => {
    const machine = interpreter.load(image, REDUCED_PLAIN, new ReplayTape(Uint32Array.of(word)));
    expect(machine.run({ maxCycles: 1000 })).toMatchObject({ kind: "finished", pc: end });
    expect([...machine.registers.subarray(10, 26)]).toEqual([...output, ...new Array(8).fill(0)]);
  });
});
