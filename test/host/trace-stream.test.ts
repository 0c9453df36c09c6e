/** Runs recorded straight into the checker, on one thread and on two; and what is said of a damaged witness. */
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { randomChallenge } from "../../emulator/trace/field.ts";
import { ROW } from "../../emulator/trace/layout.ts";
import { CheckRefusal } from "../../emulator/trace/refusal.ts";
import { InputError } from "../../errors.ts";
import { RecordingChecker } from "../../host/trace/recording-checker.ts";
import { traceAndCheck } from "../../host/trace/stream.ts";
import { Turns } from "../../host/trace/turns.ts";
import { errorOf, replyOf } from "../../host/trace/workers.ts";
import { shared } from "../lib/shared.ts";
import { tracedVector } from "../lib/trace.ts";

test("chunks are taken one by one, none too far ahead, none after the stop", () => {
  const memory = new SharedArrayBuffer(Turns.bytes);
  const [one, other] = [new Turns(memory, 2), new Turns(memory, 2)];
  expect([one.take(), other.take(), one.take()]).toEqual([0, 1, 2]);
  expect([one.isTooFar(5), one.isTooFar(6), other.isTooFar(7)]).toEqual([false, true, true]);
  other.joined = 1;
  expect([one.isTooFar(6), one.isTooFar(7)]).toEqual([false, true]);
  one.wait(6);
  other.stop();
  expect([one.take(), one.isTooFar(7)]).toEqual([undefined, false]);
  one.wait(7);
});

test("an error comes from a worker as what it was", () => {
  const of = (thrown: Error) =>
    errorOf(
      replyOf(() => {
        throw thrown;
      }).failure!,
    );
  const input = new InputError("the disk is full", "/folder", "free some space");
  expect(of(input)).toBeInstanceOf(InputError);
  expect(of(input).message).toBe(input.message);
  expect(of(new CheckRefusal("pc", "wrong", { cycle: 7 }))).toMatchObject({
    name: "CheckRefusal",
    rule: "pc",
    place: { cycle: 7 },
  });
});

const folder = shared("vectors/traces");

// as on Node 20
test.skipIf(!folder).each(["two-chunks", "blake2s", "u256"])(
  "%s: modules may have one memory only, so rows and calls are copied",
  async (name) => {
    const job = tracedVector(join(folder!, name));
    const expected = await traceAndCheck(job, { threads: 1 });
    vi.resetModules();
    const validate = vi.spyOn(WebAssembly, "validate").mockReturnValue(false);
    const { traceAndCheck: copying } = await import("../../host/trace/stream.ts");
    expect(await copying(job, { threads: 1 })).toEqual(expected);
    expect(validate).toHaveBeenCalledOnce();
    vi.restoreAllMocks();
  },
);

describe.skipIf(!folder)("two chunks", () => {
  const job = folder ? tracedVector(join(folder, "two-chunks")) : undefined!;

  test.each([1, 2, 3])("on %i threads: accepted; a run without a witness is the recorder's error", async (threads) => {
    const chunks: number[] = [];
    const claim = await traceAndCheck(job, { threads, onProgress: (done) => void chunks.push(done) });
    expect(claim).toMatchObject({ cycles: 4806480, chunks: 2 });
    expect(chunks).toEqual([1, 2]);
    const endless = { ...job, tape: job.tape.subarray(0, 1) };
    await expect(traceAndCheck(endless, { threads })).rejects.toMatchObject({ name: "UnprovableRun" });
  });

  // the recorder makes no wrong row: it is damaged where the checker reads it
  test.each([
    ["in the first chunk", 100_000, 0],
    ["in the last chunk, after one that was skipped", 4_300_000, 1],
  ])("a wrong row %s is refused", (_, wrong, chunk) => {
    const run = new RecordingChecker(job);
    while (run.recorder.chunk < chunk) run.recorder.skipChunk();
    let at = chunk * (2 ** 22 - 1);
    const rows = run.rows.bind(run);
    run.rows = (bytes) => {
      const inside = (wrong - at) * ROW.size;
      at += bytes.length / ROW.size;
      if (inside >= 0 && inside < bytes.length) bytes[inside + ROW.rs1Timestamp + 7] ^= 1;
      rows(bytes);
    };
    const refused = expect.objectContaining({ name: "CheckRefusal", rule: "rs1" });
    expect(() => run.chunk(randomChallenge())).toThrow(refused);
  });
});

describe.skipIf(!folder)("delegations", () => {
  test.each(["blake2s", "u256"])(
    "%s: read where the recorder left them; a call that no row requests is refused",
    async (name) => {
      const job = tracedVector(join(folder!, name));
      expect((await traceAndCheck(job, { threads: 2 })).delegations).toMatchObject({ [name]: expect.any(Number) });
      const run = new RecordingChecker(job);
      const calls = run.calls.bind(run);
      // one call less is said to be there
      run.calls = (delegation, count, parts) => calls(delegation, count - 1, parts);
      expect(() => run.chunk(randomChallenge())).toThrow(expect.objectContaining({ rule: "delegation-count" }));
    },
  );
});

describe.skipIf(!folder)("a chunk that was skipped leaves the same state", () => {
  test.each(["two-chunks", "u256", "isa"])("%s", (name) => {
    const job = tracedVector(join(folder!, name));
    const [recorded, skipped] = [new RecordingChecker(job), new RecordingChecker(job)];
    recorded.rows = recorded.calls = () => {};
    while (!recorded.recorder.finished) {
      expect(recorded.recorder.recordChunk()).toEqual(skipped.recorder.skipChunk());
      expect(skipped.recorder.takeDelta()).toEqual(recorded.recorder.takeDelta());
    }
    expect(skipped.recorder.finalRegisters()).toEqual(recorded.recorder.finalRegisters());
    expect(Buffer.concat([...skipped.recorder.touchedWords()])).toEqual(
      Buffer.concat([...recorded.recorder.touchedWords()]),
    );
  });
});
