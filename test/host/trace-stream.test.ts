/** The ring between recorder and checker, and what a checker on another thread says of a damaged witness. */
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ROW } from "../../emulator/trace/layout.ts";
import { newRing, RingReceiver, RingSender } from "../../host/trace/ring.ts";
import { record, traceAndCheck } from "../../host/trace/stream.ts";
import { newWitnessRing, ReceiverGone, RingTarget } from "../../host/trace/stream-ring.ts";
import { WorkerPool } from "../../host/trace/workers.ts";
import { shared } from "../lib/shared.ts";
import { tracedVector } from "../lib/trace.ts";

test("messages of all lengths arrive in order, when the ring is full, empty, and closed", () => {
  const ring = newRing(3, 16);
  const [sender, receiver] = [new RingSender(ring), new RingReceiver(ring)];
  for (let sent = 0; sent < 100; sent += 2) {
    // two fill it: the third is held by the receiver until it asks for the next
    for (const i of [sent, sent + 1])
      expect(sender.send(7, i, new Uint8Array(i % 9).fill(i), new Uint8Array(i % 7).fill(i + 1))).toBe(true);
    for (const i of [sent, sent + 1]) {
      const { kind, count, bytes } = receiver.receive();
      const expected = [...new Array(i % 9).fill(i), ...new Array(i % 7).fill(i + 1)];
      expect([kind, count, ...bytes]).toEqual([7, i, ...expected]);
    }
  }
  expect(() => sender.send(0, 0, new Uint8Array(17))).toThrow(/bug/);
  receiver.close();
  expect(sender.send(0, 0)).toBe(false);
});

const folder = shared("vectors/traces");

describe.skipIf(!folder)("two chunks, on two threads", () => {
  const job = folder ? tracedVector(join(folder, "two-chunks")) : undefined!;

  test("accepted; a run without a witness is the recorder's error", async () => {
    expect(await traceAndCheck(job, { threads: 2 })).toMatchObject({ cycles: 4806480, chunks: 2 });
    const endless = { ...job, tape: job.tape.subarray(0, 1) };
    await expect(traceAndCheck(endless, { threads: 2 })).rejects.toMatchObject({ name: "UnprovableRun" });
  });

  // the recorder makes no wrong row: one is put between it and the ring
  test.each([
    ["in the first chunk", 100_000, 0],
    ["in the last chunk, of which the recorder has sent all it can", 4_300_000, 1],
  ])("a wrong row %s is refused, and the recorder stops", async (_, wrong, chunk) => {
    const ring = newWitnessRing();
    const { image, config, tape } = job;
    const pool = new WorkerPool<string, void>("stream-worker", 1, { ring, image, machine: config.name, tape });
    try {
      await pool.run(0, "load");
      const checked = pool.run(0, "check");
      const refused = expect(checked).rejects.toMatchObject({ name: "CheckRefusal", rule: "rs1", place: { chunk } });
      const target = new RingTarget(new RingSender(ring));
      let at = 0;
      const rows = target.rows.bind(target);
      target.rows = (bytes) => {
        const inside = (wrong - at) * ROW.size;
        at += bytes.length / ROW.size;
        const copy = bytes.slice();
        if (inside >= 0 && inside < copy.length) copy[inside + ROW.rs1Timestamp + 7] ^= 1;
        rows(copy);
      };
      try {
        record(job, target);
        // all could be sent before the row was looked at
      } catch (error) {
        expect(error).toBeInstanceOf(ReceiverGone);
      }
      await refused;
    } finally {
      await pool.close();
    }
  });
});
