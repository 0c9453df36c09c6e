/** Random programs on every engine: the same state at every checkpoint, the same stop, the same memory. */
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { CONFIGS } from "../../emulator/machine/config.ts";
import { ReplayTape } from "../../emulator/tape/device.ts";
import { ENGINES, stateOf } from "../lib/engines.ts";
import { Random, randomProgram } from "../lib/random-program.ts";

const digest = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

const PROGRAMS = 300;
const MAX_CYCLES = 5000;

test("random programs", () => {
  const ends = new Map<string, number>();
  for (let seed = 0; seed < PROGRAMS; seed++) {
    const random = new Random(seed);
    const config = random.pick(Object.values(CONFIGS));
    const image = randomProgram(random, 100 + random.below(400), config);
    const tape = Uint32Array.from({ length: random.below(200) }, () => random.word());
    const machines = ENGINES.map(([, engine]) => engine.load(image, config, new ReplayTape(tape)));
    for (let limit = random.below(50); ; limit = Math.min(MAX_CYCLES, limit + 1 + random.below(1000))) {
      const results = machines.map((machine) => ({ stop: machine.run({ maxCycles: limit }), ...stateOf(machine) }));
      for (const result of results) expect(result, `seed ${seed}, limit ${limit}`).toEqual(results[0]);
      const { stop } = results[0];
      if (stop.kind === "cycle-limit" && limit < MAX_CYCLES) continue;
      const end = stop.cause ?? stop.kind;
      ends.set(end, (ends.get(end) ?? 0) + 1);
      break;
    }
    const pages = machines.map((machine) =>
      [...machine.snapshot().pages].map(([page, bytes]) => [page, digest(bytes)]),
    );
    for (const other of pages) expect(other, `memory, seed ${seed}`).toEqual(pages[0]);
  }
  // the programs do reach what they are meant to reach
  expect(ends.get("cycle-limit")).toBeGreaterThan(10);
  expect(ends.get("finished")).toBeGreaterThan(5);
  expect(ends.size).toBeGreaterThan(8);
});
