/** `npm run --silent bench -- NAME`: prints a table and, last, one JSON line. */

import { geomean } from "./geomean.ts";

interface Row {
  name: string;
  ratio: number;
}

interface Bench {
  /** @returns rows of ratios, and other tables by name; prints its tables itself */
  run(args: readonly string[]): Promise<Result> | Result;
}
type Result = Row[] | { rows: Row[]; others: Record<string, Row[]> };

const BENCHES: Readonly<Record<string, () => Promise<Bench>>> = {
  block: () => import("./block/main.ts"),
  codegen: () => import("./codegen/main.ts"),
  trace: () => import("./trace/main.ts"),
  engine: () => import("./engine/main.ts"),
};

const name = process.argv[2] ?? "";
const load = Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined;
if (load === undefined) {
  console.error(`usage: npm run bench -- NAME; names: ${Object.keys(BENCHES).join(", ")}`);
  process.exit(2);
}
const result = await (await load()).run(process.argv.slice(3));
const { rows, others } = Array.isArray(result) ? { rows: result, others: {} } : result;
const table = (rows: readonly Row[]) => ({ geomean: Number(geomean(rows).toFixed(4)), rows });
const more = Object.entries(others).map(([name, rows]) => [name, table(rows)] as const);
for (const [name, { geomean: mean, rows }] of more)
  if (rows.length > 0) console.log(`geometric mean of ${name}: ${mean}`);
console.log(JSON.stringify({ bench: name, ...table(rows), ...Object.fromEntries(more) }));
