/**
 * What kernels do not show: a block, start-up with a large image, memory, and what metering costs. QEMU has neither the machine's delegations nor its tape, so it is
 * compared on a program made of the block's, which does both in software (`software.ts`).
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { translator } from "../../emulator/engine/translator.ts";
import { printRaw } from "../../emulator/tape/tape.ts";
import { readBundle } from "../../host/blocks/bundle.ts";
import { formatTable } from "../../host/report/table.ts";
import { provingElf, provingImage } from "../../host/stf/image.ts";
import { recordTape } from "../../host/stf/proving-block.ts";
import type { Tools } from "./build.ts";
import { inTurns, median, one } from "./child.ts";
import { INTERPRETED, type Row } from "./kernels.ts";
import { buildSoftwareBlock } from "./software.ts";

const repository = dirname(dirname(import.meta.dirname));
const shared = process.env.WINDPROOF_SHARED ?? join(dirname(repository), "shared");
const RUNS = 5;

/** A program with a tape, as files. */
interface Job {
  name: string;
  image: string;
  tape: string;
  /** of the machine */
  config: string;
  /** ELF file, for the profiler */
  elf?: string;
}

/** Our guest on the mainnet block, or without the reference blocks on the example; with a checkout the original's binary on the mainnet block. */
async function blockJobs(dir: string, checkout: string | undefined): Promise<Job[]> {
  const mainnet = join(shared, "blocks", "22244135");
  const name = existsSync(mainnet) ? "block 22244135" : "example block";
  const bundle = readBundle(existsSync(mainnet) ? mainnet : join(repository, "examples", "block"));
  const proving = await provingImage({ flavour: "evm-replay" }, (message) => console.error(message));
  const file = (ending: string) => join(dir, `block.${ending}`);
  writeFileSync(file("bin"), proving.image);
  writeFileSync(file("elf"), await provingElf({ flavour: "evm-replay" }, () => {}));
  writeFileSync(file("hex"), printRaw(recordTape(translator, proving, bundle).tape));
  const own = { image: file("bin"), tape: file("hex"), config: proving.config.name, elf: file("elf") };
  const jobs: Job[] = [{ name: `${name}, our guest`, ...own }];
  if (checkout === undefined) return jobs;
  const tape = join(shared, "vectors", "evm-replay", "22244135.plain", "tape_evm_replay.hex");
  const image = join(checkout, "zksync_os", "evm_replay.bin");
  if (existsSync(tape) && existsSync(image))
    jobs.push({ name: "block 22244135, original", image, tape, config: "full" });
  else console.log(`the original's binary is left out, for ${existsSync(tape) ? image : tape} is not there`);
  return jobs;
}

const right = (title: string) => ({ title, right: true });
const megabytes = (bytes: number) => (bytes / 2 ** 20).toFixed(0);

interface Figures {
  milliseconds: number;
  cpu: number;
  cycles: number;
  memory: number;
  translated: string;
}

function measured(dir: string, ...args: readonly string[]): Figures {
  const runs = Array.from({ length: RUNS }, () => one(dir, ...args));
  const { cycles, memory, translation } = runs[0]!;
  const translated = translation
    ? `${translation.instructions} in ${median(runs.map((run) => run.translation!.milliseconds)).toFixed(0)} ms`
    : "";
  const [milliseconds, cpu] = [median(runs.map((run) => run.milliseconds)), median(runs.map((run) => run.cpu))];
  return { milliseconds, cpu, cycles, memory, translated };
}

function line(title: string, { milliseconds, cpu, cycles, memory, translated }: Figures): string[] {
  const figures = [
    milliseconds.toFixed(0),
    cpu.toFixed(0),
    (cycles / milliseconds / 1e3).toFixed(0),
    megabytes(memory),
  ];
  return [title, (cycles / 1e6).toFixed(1), ...figures, translated];
}

/** Every block on both engines, and with each kind of metering. */
function metering(dir: string, jobs: readonly Job[]): void {
  const columns = ["M cycles", "ms", "CPU ms", "M/s", "resident MB", "translated"].map(right);
  const lines: string[][] = [];
  for (const { name, image, tape, config, elf } of jobs) {
    lines.push([name, "", "", "", "", "", ""]);
    lines.push(line("  plain (translator)", measured(dir, "translator", image, tape, "", config)));
    lines.push(line("  plain (interpreter)", measured(dir, "interpreter", image, tape, "", config)));
    if (elf) lines.push(line("  profile by function", measured(dir, "profile", elf, tape, "", config)));
    lines.push(line("  trace, rows dropped", measured(dir, "trace", image, tape, "", config)));
  }
  console.log(`\n${formatTable([{ title: "block" }, ...columns], lines)}`);
}

/** Bytes of the image that start-up is measured with, where there is no checkout: our guest's, and copies of it behind it. */
const LARGE = 800_000;

/** Time to the first instructions of a large image: it is decoded as a whole, and scanned at the first translation; the rest comes when it is executed. */
function startUp(dir: string, jobs: readonly Job[]): void {
  const original = jobs.find(({ elf }) => elf === undefined);
  const { image, tape, config } = original ?? jobs[0]!;
  const file = join(dir, "large.bin");
  const content = readFileSync(image);
  const copies = Math.max(1, Math.ceil(LARGE / content.length));
  writeFileSync(
    file,
    Buffer.concat(Array.from({ length: copies }, () => content)).subarray(0, original ? content.length : LARGE),
  );
  const columns = ["cycles", "ms", "CPU ms", "resident MB"].map(right);
  const lines = [1, 1e5, 1e6].map((cycles) => {
    const runs = Array.from({ length: RUNS }, () => one(dir, "translator", file, tape, String(cycles), config));
    const of = (key: "milliseconds" | "cpu") => median(runs.map((run) => run[key])).toFixed(0);
    return [`${cycles.toExponential(0)}`, of("milliseconds"), of("cpu"), megabytes(runs[0]!.memory)];
  });
  const kilobytes = (Math.max(content.length, original ? 0 : LARGE) / 1000).toFixed(0);
  console.log(`\nstart-up with an image of ${kilobytes} KB: from its bytes to so many cycles`);
  console.log(formatTable(columns, lines));
}

/** Every block with tape and delegations in software, ours and QEMU's in turns; medians. */
function besideQemu(tools: Tools, dir: string, jobs: readonly Job[]): Row[] {
  const columns = ["M cycles", "ours ms", "M/s", "qemu ms", "interp", "qemu/ours"].map(right);
  const rows = jobs.map((job): Row => {
    const { image, ram, ramAddress, linux, output } = buildSoftwareBlock(tools, dir, job);
    const ourRun = (engine: string, limit = "") => one(dir, engine, image, "", limit, "full", ram, String(ramAddress));
    const check = (what: string, result: string) => {
      if (result !== output) throw new Error(`${job.name}: ${what} comes to ${result}, not ${output}`);
    };
    const { ours, time, qemuTime } = inTurns(
      RUNS,
      () => ourRun("translator"),
      [tools.qemu, linux],
      (our, its) => {
        check("our machine", our.output);
        check("QEMU", its);
      },
    );
    const { cycles } = ours;
    const interpreted = ourRun("interpreter", String(INTERPRETED));
    const scaled = (interpreted.milliseconds * cycles) / interpreted.cycles;
    const figures = [cycles / 1e6, time, cycles / time / 1e3, qemuTime, scaled].map((value) => value.toFixed(0));
    const ratio = qemuTime / time;
    return { name: `${job.name}, all in software`, ratio, columns: [...figures, ratio.toFixed(2)] };
  });
  console.log("\nblocks with tape and delegations in software, one program for both");
  const lines = rows.map((row) => [row.name, ...row.columns]);
  console.log(formatTable([{ title: "block" }, ...columns], lines));
  return rows;
}

export async function blocks(tools: Tools, dir: string, checkout: string | undefined): Promise<Row[]> {
  const jobs = await blockJobs(dir, checkout);
  const rows = besideQemu(tools, dir, jobs);
  startUp(dir, jobs);
  metering(dir, jobs);
  return rows;
}
