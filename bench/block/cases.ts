/** The blocks that are measured: reference vectors where they are beside the repository, and the block of our own in it. */
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Flavour } from "../../host/flavour.ts";

const repository = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

export interface BlockCase {
  /** `flavour/name` */
  name: string;
  folder: string;
  flavour: Flavour;
}

const shared = process.env.WINDPROOF_SHARED ?? join(dirname(repository), "shared");

/** The blocks whose forward run is timed: the example and, where it is, the mainnet block as its node gave it. */
export function forwardCases(): BlockCase[] {
  const mainnet = join(shared, "blocks", "22244135");
  const cases = blockCases().filter(({ name }) => name === "example");
  if (existsSync(mainnet)) cases.push({ name: "22244135", folder: mainnet, flavour: "evm-replay" });
  return cases;
}

/** Every case whose original has a proving run; the example block always. */
export function blockCases(): BlockCase[] {
  const cases: BlockCase[] = [
    { name: "example", folder: join(repository, "examples", "block"), flavour: "evm-replay" },
  ];
  for (const flavour of ["evm-replay", "app", "server"] as const) {
    const folder = join(shared, "vectors", flavour);
    if (!existsSync(folder)) continue;
    for (const name of readdirSync(folder)) {
      const path = join(folder, name);
      if (existsSync(join(path, "context.json"))) cases.push({ name: `${flavour}/${name}`, folder: path, flavour });
    }
  }
  return cases;
}
