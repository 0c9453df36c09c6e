/** Jump destinations against an analysis of the whole code, asked for in any order. */
import { describe, expect, it } from "vitest";
import { loadGuest, PROGRAM } from "../../../lib/guest.ts";
import { Random } from "../../../lib/random.ts";

const JUMPDEST = 0x5b;

/** As Ethereum's clients do it: one pass from the beginning. */
function destinations(code: Uint8Array): Set<number> {
  const found = new Set<number>();
  for (let pc = 0; pc < code.length; pc++) {
    if (code[pc] === JUMPDEST) found.add(pc);
    else if (code[pc]! >= 0x60 && code[pc]! <= 0x7f) pc += code[pc]! - 0x5f;
  }
  return found;
}

describe("jump destinations", () => {
  /** how often a byte is a PUSH (of any size, of the largest) or a JUMPDEST */
  it.each([
    ["ordinary code", 0.3, 0, 0.2],
    ["many PUSHes", 0.7, 0, 0.25],
    ["PUSH32 everywhere", 0, 0.7, 0.25],
    ["nothing but PUSHes and JUMPDESTs", 0.75, 0, 0.25],
    ["hardly a PUSH", 0.03, 0.01, 0.3],
  ])("%s", async (_, push, large, jumpdest) => {
    const guest = await loadGuest(
      "test/guest/stf/evm/fixtures/jumps.ts",
      { proving: false },
      {
        windproof: {
          internal_error(reason: number) {
            throw new Error(`internal error ${reason}`);
          },
        },
      },
    );
    guest.call("init");
    const seeded = new Random(7);
    const random = () => seeded.word() / 2 ** 32;
    let at = PROGRAM;
    for (let n = 0; n < 40; n++) {
      const code = Uint8Array.from({ length: 1 + Math.floor(random() * 1500) }, () => {
        let p = random();
        if ((p -= push) < 0) return 0x60 + Math.floor(random() * (random() < 0.7 ? 4 : 32));
        if ((p -= large) < 0) return 0x7f;
        return p < jumpdest ? JUMPDEST : Math.floor(random() * 256);
      });
      guest.write(at, code);
      guest.call("begin", at, code.length);
      const expected = destinations(code);
      for (let k = 0; k < 300; k++) {
        const offset = Math.floor(random() * code.length);
        expect(guest.call("isDestination", offset), `code ${n}, offset ${offset}`).toBe(expected.has(offset) ? 1 : 0);
      }
      at += 1600;
    }
  });
});
