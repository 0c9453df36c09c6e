/**
 * `bench trace`: the time of a traced run by that of a plain run of the interpreter, both on one thread and in one process, each program
 * warmed up once; then tracing straight into the checker, and writing and checking a folder on one thread and on two.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { interpreter } from "../../emulator/engine/interpreter.ts";
import { FULL } from "../../emulator/machine/config.ts";
import { ReplayTape } from "../../emulator/tape/device.ts";
import { parseRaw } from "../../emulator/tape/tape.ts";
import { NO_SINK, Recorder } from "../../emulator/trace/recorder.ts";
import { readBundle } from "../../host/blocks/bundle.ts";
import { formatTable } from "../../host/report/table.ts";
import { provingImage } from "../../host/stf/image.ts";
import { recordTape } from "../../host/stf/proving-block.ts";
import { checkFolder } from "../../host/trace/check.ts";
import { traceAndCheck } from "../../host/trace/stream.ts";
import { type TraceJob, writeTrace } from "../../host/trace/write.ts";

const repository = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Programs by name: the vector of two chunks, the example block, and block 22244135 where it is beside the repository. */
async function jobs(): Promise<[string, TraceJob][]> {
  const shared = process.env.WINDPROOF_SHARED ?? join(dirname(repository), "shared");
  const found: [string, TraceJob][] = [];
  const vector = join(shared, "vectors", "traces", "two-chunks");
  if (existsSync(vector)) {
    const tape = parseRaw(readFileSync(join(vector, "tape.hex"), "utf8"));
    found.push(["two-chunks", { image: new Uint8Array(readFileSync(join(vector, "image.bin"))), config: FULL, tape }]);
  }
  const proving = await provingImage({ flavour: "evm-replay" }, (message) => console.error(message));
  for (const [name, folder] of [
    ["example-block", join(repository, "examples", "block")],
    ["block-22244135", join(shared, "blocks", "22244135")],
  ]) {
    if (!existsSync(folder)) continue;
    const { image, config } = proving;
    found.push([name, { image, config, tape: recordTape(interpreter, proving, readBundle(folder)).tape }]);
  }
  return found;
}

function timed<T>(action: () => T): { milliseconds: number; result: T } {
  const start = performance.now();
  const result = action();
  return { milliseconds: performance.now() - start, result };
}

function plain({ image, config, tape }: TraceJob): number {
  const machine = interpreter.load(image, config, new ReplayTape(tape));
  return timed(() => machine.run()).milliseconds;
}

/** Padding is work that a plain run does not do: it is part of the trace, and so of the time. */
function traced({ image, config, tape }: TraceJob): { milliseconds: number; cycles: number } {
  const recorder = new Recorder(image, config, new ReplayTape(tape), NO_SINK);
  const { milliseconds } = timed(() => {
    while (!recorder.finished) recorder.recordChunk();
  });
  return { milliseconds, cycles: recorder.cycles };
}

const speed = (cycles: number, milliseconds: number) => (cycles / milliseconds / 1000).toFixed(1);
const megabytes = () => (process.resourceUsage().maxRSS / 1024).toFixed(0);

export async function run(args: readonly string[]): Promise<{ name: string; ratio: number }[]> {
  const rows: { name: string; ratio: number }[] = [];
  const lines: string[][] = [];
  const disk: string[][] = [];
  for (const [name, job] of await jobs()) {
    // once for V8 to compile what it will
    plain(job);
    traced(job);
    const times = [0, 1, 2].map(() => ({ plain: plain(job), traced: traced(job) }));
    const best = (values: number[]) => Math.min(...values);
    const plainTime = best(times.map((time) => time.plain));
    const tracedTime = best(times.map((time) => time.traced.milliseconds));
    const { cycles } = times[0].traced;
    const both = best([0, 1, 2].map(() => timed(() => traceAndCheck(job, { threads: 1 })).milliseconds));
    rows.push({ name, ratio: Number((tracedTime / plainTime).toFixed(3)) });
    lines.push([
      name,
      cycles.toLocaleString("en-US"),
      speed(cycles, plainTime),
      speed(cycles, tracedTime),
      speed(cycles, both),
      (tracedTime / plainTime).toFixed(2),
      megabytes(),
    ]);
    if (!args.includes("--no-disk")) disk.push(...(await onDisk(name, job, cycles)));
  }
  const right = (title: string) => ({ title, right: true });
  const columns = ["cycles", "plain M/s", "traced M/s", "traced + checked M/s", "ratio", "peak MB"].map(right);
  console.log(formatTable([{ title: "program" }, ...columns], lines));
  if (disk.length) {
    const head = ["threads", "written M/s", "checked M/s", "bytes a cycle", "peak MB"].map(right);
    console.log(formatTable([{ title: "program, on disk" }, ...head], disk));
  }
  return rows;
}

/** A folder written and checked on one thread and on two. Skipped where the disk has no room. */
async function onDisk(name: string, job: TraceJob, cycles: number): Promise<string[][]> {
  const lines: string[][] = [];
  for (const threads of [1, 2]) {
    const folder = mkdtempSync(join(tmpdir(), "windproof-bench-trace-"));
    try {
      const { bavail, bsize } = statfsSync(folder);
      if (bavail * bsize < 2 * 64 * (cycles + 2 ** 22)) return lines;
      const start = performance.now();
      const manifest = await writeTrace(folder, job, { threads });
      const written = performance.now();
      const { accepted, refusal } = await checkFolder(folder, { threads });
      if (!accepted) throw new Error(`${name}: refused: ${refusal?.message}`);
      const checked = performance.now();
      const bytes = manifest.files.reduce((sum, file) => sum + file.bytes, 0);
      const perCycle = (bytes / cycles).toFixed(1);
      lines.push([
        name,
        String(threads),
        speed(cycles, written - start),
        speed(cycles, checked - written),
        perCycle,
        megabytes(),
      ]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return lines;
}
