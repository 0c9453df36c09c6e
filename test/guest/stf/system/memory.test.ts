/** Io's memory: what is kept and the journal share a region; what was the journal's is zero when it is kept; neither overwrites the other. */
import { describe, expect, test } from "vitest";
import { type Guest, loadGuest } from "../../../lib/guest.ts";

const ENTRY = 64;
const REGION = 100 * ENTRY;

function small(): Promise<Guest> {
  return loadGuest(
    "test/guest/stf/system/memory.as.ts",
    { proving: false, constants: { REPORT: 0 } },
    {
      windproof: {
        internal_error(reason: number) {
          throw new Error(`internal error ${reason}`);
        },
      },
    },
  );
}

describe("io's memory", () => {
  for (const [what, forget] of [
    ["rolled back", (guest: Guest, frame: number) => guest.call("undo", frame)],
    ["committed", (guest: Guest) => guest.call("commit")],
  ] as const) {
    test(`kept where the journal was, ${what}`, async () => {
      const guest = await small();
      const top = guest.call("init", REGION);
      const frame = guest.call("write", 60);
      expect(guest.call("isZero", top + REGION - 60 * ENTRY, top + REGION)).toBe(0);
      forget(guest, frame);
      const first = guest.call("keep", 50 * ENTRY, 4);
      const second = guest.call("keep", 30 * ENTRY, 4);
      const third = guest.call("keep", 20 * ENTRY, 4);
      expect([first, second, third]).toEqual([top, top + 50 * ENTRY, top + 80 * ENTRY]);
      expect(guest.call("isZero", top, top + REGION)).toBe(1);
      expect(() => guest.call("keep", 4, 4)).toThrow("internal error 100");
      expect(() => guest.call("write", 1)).toThrow("internal error 109");
    });
  }

  test("nothing is kept where the journal is", async () => {
    const guest = await small();
    guest.call("init", REGION);
    guest.call("write", 60);
    guest.call("keep", 40 * ENTRY, 4);
    expect(() => guest.call("keep", 4, 4)).toThrow("internal error 100");
    expect(() => guest.call("write", 1)).toThrow("internal error 109");
  });
});
