/** `windproof emulate BLOCK`: a block in forward and proving mode, down to the public input. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Command, Option } from "commander";
import { ENGINE_NAMES, engineByName } from "../../emulator/engine/engines.ts";
import { printRaw } from "../../emulator/tape/tape.ts";
import { readBundle } from "../blocks/bundle.ts";
import { toHex } from "../bytes.ts";
import { defaultFlavour, type Flavour } from "../flavour.ts";
import { formatCount, formatTable } from "../report/table.ts";
import { type Emulation, emulate, emulationAsJson, type Mode } from "../stf/emulate.ts";
import { guestImage, provingImage } from "../stf/image.ts";
import { EXIT } from "./exit.ts";
import { flavourOption } from "./input.ts";
import { endProgress, printJson, progress } from "./output.ts";

interface EmulateFlags {
  flavour?: Flavour;
  mode: Mode;
  guest?: string;
  engine: string;
  p256?: boolean;
  json?: boolean;
  output?: string;
}

const EXAMPLES = `
Examples:
  windproof emulate examples/block                     both modes, the block made with anvil
  windproof emulate BLOCK --flavour server             the batch form of the public input
  windproof emulate BLOCK --guest evm_replay.bin       the original's binary on the same oracle
  windproof emulate BLOCK --json | jq .publicInput

Exit codes: 0 the modes (and the block's own chain) agree, 1 they do not, 2 the block cannot be read, 3 the block is not provable.`;

export function configure(command: Command): void {
  command
    .argument("<block>", "folder of a block bundle (JSON-RPC or explicit form)")
    .addOption(flavourOption())
    .addOption(new Option("--mode <mode>", "what to run").choices(["forward", "proving", "both"]).default("both"))
    .option("--engine <name>", `engine of the proving run, one of: ${ENGINE_NAMES.join(", ")}`, ENGINE_NAMES[0])
    .option("--guest <file>", "prove with this image, ours or the original's .bin, instead of our own build")
    .option("--p256", "build with the P-256 precompile")
    .option("-o, --output <folder>", "write receipts, pubdata, diffs, tape and image there")
    .option("--json", "print one JSON document")
    .addHelpText("after", EXAMPLES)
    .action(runEmulate);
}

async function runEmulate(block: string, flags: EmulateFlags): Promise<void> {
  const bundle = readBundle(block);
  const stf = { flavour: flags.flavour ?? defaultFlavour(bundle), p256: flags.p256 ?? false };
  const engine = await engineByName(flags.engine);
  const image =
    flags.mode === "forward"
      ? undefined
      : flags.guest === undefined
        ? await provingImage(stf, progress)
        : guestImage(flags.guest);
  const emulation = await emulate(bundle, {
    ...stf,
    mode: flags.mode,
    engine,
    onProgress: progress,
    ...(image ? { image } : {}),
  });
  endProgress();
  if (flags.output !== undefined) writeOutputs(flags.output, emulation, image?.image);
  if (flags.json) printJson(emulationAsJson(emulation));
  else process.stdout.write(`${describe(emulation)}\n`);
  if (emulation.stop && emulation.stop.kind !== "finished") process.exitCode = EXIT.unprovable;
  else if (emulation.modesAgree === false || emulation.ethereum?.agrees === false) process.exitCode = EXIT.no;
}

const COLUMNS = [
  { title: "#", right: true },
  { title: "hash" },
  { title: "type" },
  { title: "status" },
  { title: "gas", right: true },
  { title: "native", right: true },
  { title: "cycles", right: true },
];

function describe(emulation: Emulation): string {
  const rows = emulation.transactions.map((transaction, i) => [
    String(i),
    transaction.hash ?? "",
    `0x${transaction.type.toString(16)}`,
    transaction.reason ? `invalid: ${transaction.reason}` : (transaction.status ?? ""),
    formatCount(transaction.gasUsed ?? ""),
    formatCount(transaction.nativeUsed ?? ""),
    transaction.cycles === null ? "" : formatCount(transaction.cycles),
  ]);
  const lines = rows.length ? [formatTable(COLUMNS, rows), ""] : [];
  const fact = (name: string, value: string | null): void => {
    if (value !== null) lines.push(`${name.padEnd(16)} ${value}`);
  };
  const { stateBefore, stateAfter, delegations, publicInputs, times, stop } = emulation;
  fact("block hash", emulation.blockHash);
  fact("state before", stateBefore && `${stateBefore.root}, next free slot ${stateBefore.nextFreeSlot}`);
  fact("state after", stateAfter && `${stateAfter.root}, next free slot ${stateAfter.nextFreeSlot}`);
  fact("public input", publicInputs.forward && `${publicInputs.forward} (forward)`);
  fact("", publicInputs.proving && `${publicInputs.proving} (proving)`);
  if (emulation.modesAgree !== null) fact("modes", emulation.modesAgree ? "agree" : "DIFFER");
  if (emulation.cycles !== null && delegations && emulation.effectiveCycles !== null) {
    const calls = `${formatCount(delegations.blake2s)} Blake2s, ${formatCount(delegations.u256)} U256`;
    fact("cycles", `${formatCount(emulation.cycles)}, ${calls}`);
    fact("effective cycles", formatCount(emulation.effectiveCycles));
  }
  for (const line of describeEthereum(emulation)) lines.push(line);
  const ms = (value: number | null): string => (value === null ? "-" : `${value.toFixed(1)} ms`);
  fact("time", `forward ${ms(times.forward)}, tape ${ms(times.tape)}, proving ${ms(times.proving)}`);
  if (stop && stop.kind !== "finished") {
    fact("stopped", `${stop.kind} at pc 0x${stop.pc.toString(16)}: ${stop.message ?? ""}`);
  }
  return lines.join("\n");
}

/** The post-check of an Ethereum block: its verdict, expected deviations by name, and every disagreement. */
function describeEthereum({ ethereum }: Emulation): string[] {
  if (!ethereum) return [];
  const counts = new Map<string, number>();
  for (const { deviation } of ethereum.findings) if (deviation) counts.set(deviation, (counts.get(deviation) ?? 0) + 1);
  const expected = [...counts].map(([name, times]) => `${times} ${name}`).join(", ") || "none";
  const unchecked = ethereum.unchecked.length ? `; not checked: ${ethereum.unchecked.join(", ")}` : "";
  const disagreements = ethereum.findings.filter(({ deviation }) => deviation === undefined);
  return [
    `${"its own chain".padEnd(16)} ${ethereum.agrees ? "agrees" : "DISAGREES"}; expected deviations: ${expected}${unchecked}`,
    ...disagreements.map(({ transaction, address, message }) => {
      const place = transaction === undefined ? (address ?? "block") : `transaction ${transaction}`;
      return `  ${place}: ${message}`;
    }),
  ];
}

/** Integers that may pass 2^53 as decimal strings, bytes as hex. */
function asText(value: unknown): string {
  const replace = (_key: string, v: unknown): unknown =>
    typeof v === "bigint" ? v.toString() : v instanceof Uint8Array ? toHex(v) : v;
  return `${JSON.stringify(value, replace, 2)}\n`;
}

function writeOutputs(folder: string, emulation: Emulation, image: Uint8Array | undefined): void {
  mkdirSync(folder, { recursive: true });
  const write = (name: string, content: string | Uint8Array): void => writeFileSync(join(folder, name), content);
  write("report.json", asText(emulationAsJson(emulation)));
  const { result, tape } = emulation;
  if (result) {
    const { transactions, transactionHashes } = result;
    write("receipts.json", asText(transactions.map((t, i) => ({ hash: transactionHashes[i] ?? null, ...t }))));
    write("header.json", asText({ ...result.header, hash: result.blockHash }));
    write("diffs.json", asText(result.storageWrites));
    write("preimages.json", asText(result.publishedPreimages));
    write("pubdata.bin", result.pubdata);
  }
  if (tape) write("tape.hex", printRaw(tape));
  if (image) write("image.bin", image);
}
