/** `npm run --silent bench -- NAME`: prints a table and, last, one JSON line. */

interface Bench {
  /** @returns rows of ratios; prints its table itself */
  run(args: readonly string[]): Promise<{ name: string; ratio: number }[]> | { name: string; ratio: number }[];
}

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
const rows = await (await load()).run(process.argv.slice(3));
const geomean = Math.exp(rows.reduce((sum, { ratio }) => sum + Math.log(ratio), 0) / rows.length);
console.log(JSON.stringify({ bench: name, geomean: Number(geomean.toFixed(4)), rows }));
