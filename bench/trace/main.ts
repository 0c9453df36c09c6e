/**
 * `bench trace`: plain run, traced run, check, and all of it to disk and back, on one thread and on two. Every measurement is a process of its own,
 * cold; plain runs, traced runs and checks alternate, medians. Speeds are of processor time on one thread (others may use the computer), of wall time on two.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { interpreter } from "../../emulator/engine/interpreter.ts";
import { FULL } from "../../emulator/machine/config.ts";
import { parseRaw, printRaw } from "../../emulator/tape/tape.ts";
import { readBundle } from "../../host/blocks/bundle.ts";
import { formatTable } from "../../host/report/table.ts";
import { provingImage } from "../../host/stf/image.ts";
import { recordTape } from "../../host/stf/proving-block.ts";
import type { TraceJob } from "../../host/trace/write.ts";
import { shared } from "../../test/lib/shared.ts";
import type { Measured, Time } from "./measure.ts";

const repository = dirname(dirname(import.meta.dirname));
const MEASURE = join(import.meta.dirname, "measure.ts");
/** Times that a plain run, a traced run and a check are measured, in turns. */
const TURNS = 5;

interface Program {
  name: string;
  folder: string;
  machine: string;
}

/** The vector of two chunks, the example block, and block 22244135: our image, and with a checkout of ZKsync OS also theirs. */
async function programs(scratch: string, checkout: string | undefined): Promise<Program[]> {
  const found: Program[] = [];
  const add = (name: string, { image, config, tape }: TraceJob) => {
    const folder = join(scratch, name);
    mkdirSync(folder);
    writeFileSync(join(folder, "program.bin"), image);
    writeFileSync(join(folder, "tape.hex"), printRaw(tape));
    found.push({ name, folder, machine: config.name });
  };
  const bytes = (file: string) => new Uint8Array(readFileSync(file));
  const rawTape = (file: string) => parseRaw(readFileSync(file, "latin1"));
  const vector = shared("vectors/traces/two-chunks");
  if (vector)
    add("two-chunks", {
      image: bytes(join(vector, "image.bin")),
      config: FULL,
      tape: rawTape(join(vector, "tape.hex")),
    });
  const proving = await provingImage({ flavour: "evm-replay" }, (message) => console.error(message));
  const block = (name: string, folder: string) =>
    add(name, { ...proving, tape: recordTape(interpreter, proving, readBundle(folder)).tape });
  block("example-block", join(repository, "examples", "block"));
  const mainnet = shared("vectors/evm-replay/22244135.plain");
  if (mainnet) block("22244135", mainnet);
  const theirs = join(checkout ?? "", "zksync_os", "evm_replay.bin");
  if (mainnet && checkout !== undefined && existsSync(theirs))
    add("22244135-original", {
      image: bytes(theirs),
      config: FULL,
      tape: rawTape(join(mainnet, "tape_evm_replay.hex")),
    });
  return found;
}

function measure(what: string, { folder, machine }: Program, threads = 1): Measured {
  const args = ["--no-warnings", MEASURE, what, String(threads), folder, machine];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] }));
}

const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1];
const perSecond = (cycles: number, milliseconds: number) => (cycles / milliseconds / 1000).toFixed(1);
const whole = (value: number) => value.toFixed(0);

function inMemory(program: Program): { ratio: number; line: string[] } {
  const turns = Array.from({ length: TURNS }, () => {
    const [plain, traced, checked] = ["plain", "traced", "checked"].map((what) => measure(what, program));
    return { plain, traced, checked };
  });
  const ratio = median(turns.map(({ plain, traced }) => traced.cpu / plain.cpu));
  const checkedByTraced = median(turns.map(({ traced, checked }) => checked.cpu / traced.cpu));
  const { cycles } = turns[0].plain;
  const speedOf = (what: "plain" | "traced" | "checked") =>
    perSecond(cycles, median(turns.map((turn) => turn[what].cpu)));
  const skimmed = measure("skimmed", program);
  const [one, two] = [measure("both", program, 1), measure("both", program, 2)];
  const line = [
    program.name,
    cycles.toLocaleString("en-US"),
    speedOf("plain"),
    speedOf("traced"),
    perSecond(cycles, skimmed.cpu),
    speedOf("checked"),
    perSecond(cycles, one.cpu),
    perSecond(cycles, two.milliseconds),
    ratio.toFixed(2),
    checkedByTraced.toFixed(2),
    whole(turns[0].traced.megabytes),
    whole(one.megabytes),
    whole(two.megabytes),
  ];
  return { ratio, line };
}

/** Written and read back on one thread and on two. Nothing where the disk has no room. */
function onDisk(program: Program): string[][] {
  const { cycles } = measure("plain", program);
  const { bavail, bsize } = statfsSync(program.folder);
  if (bavail * bsize < 2 * 64 * (cycles + 2 ** 22)) return [];
  return [1, 2].map((threads) => {
    const written = measure("disk", program, threads);
    const time = ({ milliseconds, cpu }: Time) => perSecond(cycles, threads === 1 ? cpu : milliseconds);
    const bytes = written.bytes!;
    const gigabytes = ((bytes / written.milliseconds) * 60e-6).toFixed(0);
    const sizes = [(bytes / cycles).toFixed(1), gigabytes, whole(written.megabytes)];
    return [program.name, whole(threads), time(written), time(written.read!), ...sizes];
  });
}

export async function run(args: readonly string[]): Promise<{ name: string; ratio: number }[]> {
  const checkout = args.find((arg) => arg.startsWith("--checkout="))?.slice("--checkout=".length);
  const names = args.filter((arg) => !arg.startsWith("--"));
  const right = (title: string) => ({ title, right: true });
  const scratch = mkdtempSync(join(tmpdir(), "windproof-bench-trace-"));
  try {
    const all = (await programs(scratch, checkout)).filter(({ name }) => names.length === 0 || names.includes(name));
    const rows = all.map((program) => ({ name: program.name, ...inMemory(program) }));
    const speeds = ["plain", "traced", "skimmed", "checked", "traced + checked", "on 2 threads"].map((what) =>
      right(`${what} M/s`),
    );
    const memory = ["traced MB", "+ checked MB", "2 threads MB"].map(right);
    const columns = [
      { title: "program" },
      right("cycles"),
      ...speeds,
      right("traced / plain"),
      right("checked / traced"),
      ...memory,
    ];
    console.log(
      formatTable(
        columns,
        rows.map(({ line }) => line),
      ),
    );
    if (!args.includes("--no-disk")) {
      const head = ["threads", "written M/s", "checked M/s", "bytes a cycle", "GB a minute", "peak MB"];
      console.log(formatTable([{ title: "program, on disk" }, ...head.map(right)], all.flatMap(onDisk)));
    }
    return rows.map(({ name, ratio }) => ({ name, ratio: Number(ratio.toFixed(3)) }));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
