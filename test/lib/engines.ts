/** The engines that one suite runs on. `stepping` executes every instruction by `step`, straight from the table. */
import type { Engine, Machine } from "../../emulator/engine/engine.ts";
import { interpreter } from "../../emulator/engine/interpreter.ts";
import { eagerTranslator, translator } from "../../emulator/engine/translator.ts";

const stepping: Engine = {
  name: "interpreter",
  load(image, config, tape) {
    const machine = interpreter.load(image, config, tape);
    machine.run = (options) => {
      const limit = options?.maxCycles ?? Number.MAX_SAFE_INTEGER;
      while (machine.cycles < limit) {
        const stop = machine.step();
        if (stop) return stop;
      }
      return { kind: "cycle-limit", pc: machine.pc, cycles: machine.cycles };
    };
    return machine;
  },
};

export const ENGINES: readonly (readonly [string, Engine])[] = [
  ["interpreter", interpreter],
  ["translator", translator],
  ["eager translator", eagerTranslator],
  ["stepping", stepping],
];

/** Everything that engines must agree on. */
export function stateOf(machine: Machine) {
  return {
    pc: machine.pc,
    registers: [...machine.registers],
    cycles: machine.cycles,
    delegations: { ...machine.delegations },
    tapeWordsRead: machine.tapeWordsRead,
  };
}
