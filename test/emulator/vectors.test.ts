/** The reference programs of `../shared/vectors/traces`: results of the provable ones, and the opinion on each doubtful one. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { interpreter } from "../../emulator/engine/interpreter.ts";
import { eagerTranslator, translator } from "../../emulator/engine/translator.ts";
import { configByName } from "../../emulator/machine/config.ts";
import { ReplayTape } from "../../emulator/tape/device.ts";
import { parseRaw } from "../../emulator/tape/tape.ts";
import { compareEngines } from "../fuzz/engine/compare.ts";
import { ENGINES } from "../lib/engines.ts";
import { shared } from "../lib/shared.ts";

/** Why each doubtful program is unprovable, by cause; what is not listed is accepted by the strict rule of DESIGN section 3. */
const PROGRAMS_BY_CAUSE: Record<string, string> = {
  "unknown-opcode":
    "add-funct7-0x10 addw amo and-funct7-0x20 blake2s-csrrs branch-funct3-2 branch-funct3-3 compressed csr-cycle csrrc-tape csrrs-tape csrrsi-tape csrrwi-tape ebreak ecall fence fence-i flw jalr-funct3-1 jalr-funct3-7 load-funct3-3 load-funct3-7 lr-w lwu mret opcode-0 opcode-ffffffff or-funct7-0x7f sll-funct7-0x20 slli-funct7-1 slt-funct7-0x20 sltu-funct7-2 srli-funct7-0x10 store-funct3-3 store-funct3-7 sub-funct7-0x21 system-funct3-4-mop wfi xor-funct7-0x20",
  "delegation-out-of-bounds": "blake2s-beyond-ram blake2s-message-beyond-ram u256-beyond-ram",
  "delegation-control":
    "blake2s-control-unused-bits blake2s-no-round blake2s-round-10 blake2s-round-31 blake2s-two-rounds u256-bit-8 u256-bit-8-and-add u256-carry-only u256-copy-and-add u256-no-op u256-two-ops u256-two-ops-mul",
  "delegation-operand": "blake2s-csr-rs1 u256-csr-rd-a2 u256-csr-rs1",
  "delegation-misaligned":
    "blake2s-message-misaligned-2 blake2s-state-misaligned-4 blake2s-state-misaligned-64 u256-a-misaligned-16 u256-a-misaligned-4 u256-b-misaligned-16",
  "delegation-rom": "blake2s-message-rom blake2s-message-rom-end blake2s-state-rom u256-a-rom u256-b-rom",
  "delegation-overlap": "blake2s-overlap blake2s-overlap-before blake2s-same-pointer u256-same-pointer",
  "misaligned-jump": "branch-misaligned-taken jal-misaligned jalr-misaligned jalr-misaligned-odd",
  "unknown-csr":
    "csr-0x7cb csr-marker csr-marker-rd csr-mstatus csr-mtvec-write csr-satp csr-unknown-0x7c1 csr-unknown-0x7c8",
  "fetch-outside-rom": "jump-to-empty-ram jump-to-ram",
  "load-out-of-bounds": "lb-beyond-ram-top lw-beyond-ram",
  "misaligned-load":
    "lh-misaligned-1 lh-misaligned-3 lhu-misaligned-3 lw-misaligned-1 lw-misaligned-2 lw-misaligned-3 lw-misaligned-rom lw-misaligned-x0",
  "unsupported-instruction":
    "ror rori system-funct3-4 unsigned-config-div unsigned-config-mulh unsigned-config-mulhsu unsigned-config-rem",
  "ran-off-image": "run-off-the-image",
  "store-to-rom": "sb-rom sw-rom sw-rom-last-word",
  "misaligned-store": "sh-misaligned-1 sh-misaligned-3 sw-misaligned-1 sw-misaligned-2 sw-misaligned-3",
  "store-out-of-bounds": "sw-beyond-ram",
  "tape-exhausted": "tape-empty tape-end",
};
const CAUSES: Record<string, string> = Object.fromEntries(
  Object.entries(PROGRAMS_BY_CAUSE).flatMap(([cause, names]) => names.split(" ").map((name) => [name, cause])),
);

const folder = shared("vectors/traces");
const programs = folder ? readdirSync(folder).filter((name) => existsSync(join(folder, name, "image.bin"))) : [];

interface Outcome {
  outcome: "panic" | "returned";
  cycle: number;
  cycles_started: number;
  pc: string;
  value: { finished: boolean; x10_x25: string[]; tape_reads_past_the_end: number };
}

function load(name: string) {
  const read = (file: string) => readFileSync(join(folder!, name, file));
  const expected = JSON.parse(read("expected.json").toString());
  const tape = existsSync(join(folder!, name, "tape.hex")) ? parseRaw(read("tape.hex").toString()) : new Uint32Array();
  return { image: read("image.bin"), expected, tape: new ReplayTape(tape) };
}

const numbers = (values: string[]) => values.map(Number);

/** Too long to be stepped through; what they repeat is in the others too. */
const LONG = /two-chunks|one-chunk/;

describe.skipIf(!folder).each(ENGINES)("%s", (engineName, engine) => {
  const selected = programs.filter((name) => engineName !== "stepping" || !LONG.test(name));
  test.each(selected.filter((name) => !name.startsWith("unprovable-")))("%s", (name) => {
    const { image, expected, tape } = load(name);
    const machine = engine.load(image, configByName(expected.config), tape);
    expect(machine.run()).toEqual({ kind: "finished", pc: Number(expected.final_pc), cycles: expected.cycles });
    expect([...machine.registers]).toEqual(expected.final_registers.map((r: { value: string }) => Number(r.value)));
    const calls = (csr: number) => (expected.delegations[csr]?.calls ?? 0) as number;
    expect(machine.delegations).toEqual({ blake2s: calls(1991), u256: calls(1994) });
    expect(machine.tapeWordsRead).toBe(expected.tape_reads);
    expect(tape.left).toBe(0);
  });

  test.each(selected.filter((name) => name.startsWith("unprovable-")))("%s", (name) => {
    const { image, expected, tape } = load(name);
    const machine = engine.load(image, configByName(expected.config), tape);
    const stop = machine.run({ maxCycles: expected.cycle_limit_of_the_step_by_step_runs });
    const { unrolled_state: unrolled, old_state: old } = expected as Record<string, Outcome>;
    const refusal = [unrolled, old].find((run) => run.outcome === "panic");
    const cause = CAUSES[name.slice("unprovable-".length)];
    if (cause === undefined) {
      expect(refusal).toBeUndefined();
      expect(unrolled.value.tape_reads_past_the_end).toBe(0);
      for (const rows of [expected.circuit?.unsatisfied_main_rows, expected.circuit?.unsatisfied_delegation_rows])
        expect(rows ?? []).toEqual([]);
      expect(expected.circuit?.witness_generation_panic ?? null).toBeNull();
      expect(stop.kind).toBe(unrolled.value.finished ? "finished" : "cycle-limit");
      expect(stop.cycles).toBe(unrolled.cycles_started);
      expect([...machine.registers.subarray(10, 26)]).toEqual(numbers(unrolled.value.x10_x25));
      return;
    }
    expect(stop).toMatchObject({ kind: "unprovable", cause, message: expect.stringMatching(/\w+ .*\w/) });
    if (refusal) {
      expect(stop).toMatchObject({ cycles: refusal.cycle, pc: Number(refusal.pc) });
    } else if (expected.circuit?.unsatisfied_main_rows?.length) {
      expect(stop.cycles).toBe(expected.circuit.unsatisfied_main_rows[0]);
    } else {
      // accepted by the simulators only; the circuit refuses, or the tape was too short
      expect(
        unrolled.value.tape_reads_past_the_end > 0 ||
          expected.circuit.unsatisfied_delegation_rows?.length > 0 ||
          expected.circuit.witness_generation_panic !== null,
      ).toBe(true);
    }
  });
});

test.skipIf(!folder)("reference programs on both engines, at random cycle limits", () => {
  let checkpoints = 0;
  for (const [i, name] of programs.entries()) {
    const read = (file: string) => readFileSync(join(folder!, name, file));
    const expected = JSON.parse(read("expected.json").toString());
    const hasTape = existsSync(join(folder!, name, "tape.hex"));
    const words = hasTape ? parseRaw(read("tape.hex").toString()) : new Uint32Array();
    const program = { image: read("image.bin"), tape: () => new ReplayTape(words) };
    const options = { seed: i, pieces: 12, maxCycles: 20_000_000, pieceBits: i % 2 === 0 ? 8 : 20 };
    const config = configByName(expected.config);
    const result = compareEngines([interpreter, i % 3 === 0 ? translator : eagerTranslator], program, config, options);
    expect(result.difference, name).toBeUndefined();
    checkpoints += result.checkpoints;
  }
  expect(checkpoints).toBeGreaterThan(2 * programs.length);
});
