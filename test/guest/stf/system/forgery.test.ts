/**
 * Wrong answers of the oracle: any word of the tape that does not state an input may only lead to the honest public input, or to no proof.
 * Inputs are the block metadata and the state commitment: another one of those is another statement.
 */
import { describe, expect, it } from "vitest";
import { readBundle } from "../../../../host/blocks/bundle.ts";
import { INPUT_QUERIES } from "../../../../host/oracle/queries.ts";
import { Unprovable } from "../../../lib/machine.ts";
import { shared } from "../../../lib/shared.ts";
import { drive, publicInput, replay } from "./block.ts";

const CHANGES: Record<string, (word: number) => number> = {
  "lowest bit": (word) => word ^ 1,
  "highest bit": (word) => word ^ 0x8000_0000,
  "one more": (word) => word + 1,
  zero: () => 0,
  "all ones": () => 0xffff_ffff,
};

/** New leaves among scattered ones, accounts and slots, a deployment. */
const CASES = ["b_transfers_mixed_randomized", "f_sstore_add_one", "f_deploy_tiny_with_value", "e_l1_to_l2_transfer"];

/** Changed runs a case: all words of a short tape, every n-th of a longer one, with another start for each kind of change. */
const RUNS = 150;

describe("a forged tape is not accepted", () => {
  for (const name of CASES) {
    const folder = shared(`vectors/server/${name}`);
    it.skipIf(folder === undefined)(name, { timeout: 120_000 }, async () => {
      const bundle = readBundle(folder!);
      const honest = await drive(bundle, true, 2);
      replay(honest, bundle, folder!);
      const statement = publicInput(honest.guest);
      expect(statement).toBe(bundle.expected.publicInput!.batch);

      const { queries } = honest.device!;
      const tape = honest.device!.tape();
      const words: number[] = [];
      queries.forEach(({ id, start }, i) => {
        if (INPUT_QUERIES.has(id)) return;
        const end = queries[i + 1]?.start ?? tape.length;
        for (let at = start; at < end; at++) words.push(at);
      });
      expect(words.length).toBeGreaterThan(50);

      const changes = Object.entries(CHANGES);
      const stride = Math.max(1, Math.ceil((words.length * changes.length) / RUNS));
      let refused = 0;
      for (const [kind, [what, change]] of changes.entries()) {
        for (let i = kind % stride; i < words.length; i += stride) {
          const target = words[i]!;
          const forgedTape = tape.slice();
          forgedTape[target] = change(tape[target]!);
          const forged = await drive(bundle, true, 2, forgedTape);
          try {
            replay(forged, bundle, folder!);
          } catch (error) {
            if (!(error instanceof Unprovable || error instanceof WebAssembly.RuntimeError)) throw error;
            refused++;
            continue;
          }
          expect(publicInput(forged.guest), `word ${target}: ${what}`).toBe(statement);
        }
      }
      expect(refused).toBeGreaterThan(words.length / stride);
    });
  }
});
