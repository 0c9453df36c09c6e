/** `windproof compare --guest A --guest B BLOCK`: what one block costs with two guests, side by side. */
import { basename } from "node:path";
import type { Command } from "commander";
import { ENGINE_NAMES, engineByName } from "../../emulator/engine/engines.ts";
import { InputError } from "../../errors.ts";
import { readBundle } from "../blocks/bundle.ts";
import { FLAVOURS, type Flavour } from "../flavour.ts";
import { formatCount, formatTable } from "../report/table.ts";
import { type Cost, costOf, type GuestCost } from "../stf/compare-guests.ts";
import { guestImage, provingImage } from "../stf/image.ts";
import type { ProvingImage } from "../stf/proving-block.ts";
import { EXIT } from "./exit.ts";
import { endProgress, err, printJson, progress } from "./output.ts";

interface Options {
  guest: string[];
  engine: string;
  json?: boolean;
}

const EXAMPLES = `
A guest is a file (flat .bin or ELF, ours or the original's) or a build of ours by its flavour: ${FLAVOURS.join(", ")}.
Phases are shown where an image has markers (ours, as ELF or by flavour). The last column is the second guest by the first.

Examples:
  windproof compare examples/block --guest evm_replay.bin --guest evm-replay    the original and ours
  windproof compare BLOCK --guest before.elf --guest after.elf                  two builds of ours

Exit codes: 0 both give one public input, 1 they do not, 2 bad input, 3 a guest stops before the end.`;

const collect = (value: string, before: string[]): string[] => [...before, value];

export function configure(command: Command): void {
  command
    .argument("<block>", "folder of a block bundle")
    .requiredOption("--guest <guest>", "file, or flavour of our own build; give it twice", collect, [])
    .option("--engine <name>", `one of: ${ENGINE_NAMES.join(", ")}`, ENGINE_NAMES[0])
    .option("--json", "print one JSON document")
    .addHelpText("after", EXAMPLES)
    .action(compare);
}

const imageOf = (guest: string): Promise<ProvingImage> | ProvingImage =>
  (FLAVOURS as readonly string[]).includes(guest)
    ? provingImage({ flavour: guest as Flavour }, progress)
    : guestImage(guest);

async function compare(block: string, { guest, engine: engineName, json }: Options): Promise<void> {
  if (guest.length !== 2)
    throw new InputError(
      `${guest.length} guests to compare`,
      "--guest",
      "give --guest twice: files, or flavours of ours",
    );
  const bundle = readBundle(block);
  const engine = await engineByName(engineName);
  const costs: GuestCost[] = [];
  for (const name of guest) {
    const image = await imageOf(name);
    progress(`running ${name}`);
    costs.push(costOf(engine, image, bundle));
  }
  endProgress();
  const stopped = costs.findIndex(({ stop }) => stop.kind !== "finished");
  const agree = stopped < 0 && costs[0].publicInput === costs[1].publicInput;
  process.exitCode = stopped >= 0 ? EXIT.unprovable : agree ? EXIT.good : EXIT.no;
  if (json) {
    printJson({ block: bundle.name, agree, guests: costs.map((cost, i) => ({ guest: guest[i], ...cost })) });
    return;
  }
  if (stopped >= 0) console.error(err.red(`${guest[stopped]} stopped: ${costs[stopped].stop.message ?? "no reason"}`));
  process.stdout.write(`${describe(guest, costs, agree)}\n`);
}

/** Rows of the table: what is counted, and how to find it in a guest's cost. */
const COUNTS: readonly [title: string, of: (cost: Cost) => number][] = [
  ["cycles", (cost) => cost.cycles],
  ["Blake2s", (cost) => cost.delegations.blake2s],
  ["U256", (cost) => cost.delegations.u256],
  ["effective", (cost) => cost.effectiveCycles],
];

const ratio = (first: number | undefined, second: number | undefined): string =>
  first && second !== undefined ? (second / first).toFixed(3) : "";

function describe(names: readonly string[], costs: readonly GuestCost[], agree: boolean): string {
  const row = (title: string, values: readonly (number | undefined)[]): string[] => [
    title,
    ...values.map((value) => (value === undefined ? "-" : formatCount(value))),
    ratio(values[0], values[1]),
  ];
  const rows = COUNTS.map(([title, of]) => row(title, costs.map(of)));
  rows.push(
    row(
      "tape words",
      costs.map(({ tapeWords }) => tapeWords),
    ),
  );
  rows.push(
    row(
      "image bytes",
      costs.map(({ imageBytes }) => imageBytes),
    ),
  );
  const phases = costs.find((cost) => cost.phases)?.phases ?? [];
  for (const { name } of phases) {
    const values = costs.map((cost) => cost.phases?.find((phase) => phase.name === name)?.effectiveCycles);
    rows.push(row(`${name}, effective`, values));
  }
  const columns = [
    { title: "" },
    ...names.map((name) => ({ title: basename(name), right: true })),
    { title: "ratio", right: true },
  ];
  const inputs = costs.map(({ publicInput }) => publicInput ?? "none");
  const verdict = agree ? `public input ${inputs[0]}` : `public inputs DIFFER: ${inputs.join(", ")}`;
  return `${formatTable(columns, rows)}\n${verdict}`;
}
