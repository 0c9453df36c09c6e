/** The guest's EVM (forward and proving builds) against `@ethereumjs/evm` on random bytecode. */
import { randomScene } from "../guest/stf/evm/generate.ts";
import { deviationOf, differences, runReference } from "../guest/stf/evm/reference.ts";
import { EvmGuest, type Scene } from "../guest/stf/evm/run.ts";
import { Random } from "../lib/random.ts";
import type { FuzzOptions } from "./main.ts";

function describe(scene: Scene): string {
  const contracts = [...scene.accounts]
    .filter(([, account]) => account.code)
    .map(([address, account]) => `  ${address.toString(16)}: ${Buffer.from(account.code!).toString("hex")}`);
  return `gas ${scene.gas}, value ${scene.value}, data ${Buffer.from(scene.data).toString("hex")}\n${contracts.join("\n")}`;
}

/** Prints what differs. @returns how many of the `count` scenes (of seeds `seed`, `seed + 1`, …) did */
export async function fuzzEvm({ count, seed }: FuzzOptions): Promise<number> {
  const builds = [await EvmGuest.load(false), await EvmGuest.load(true)];
  let failed = 0;
  let succeeded = 0;
  let deviating = 0;
  for (let i = 0; i < count; i++) {
    const scene = randomScene(new Random(seed + i));
    // the proving build's delegations are bigints here: every eighth scene
    const results = builds.slice(0, i % 8 ? 1 : 2).map((evm) => evm.run(scene));
    const reference = await runReference(scene, results[0]!.accounts.keys());
    if (reference.success) succeeded++;
    const found: string[] = [];
    results.forEach((result, proving) => {
      for (const difference of differences(result, reference))
        found.push(`${proving ? "proving" : "forward"} build: ${difference}`);
    });
    const native = results.map(({ nativeUsed }) => nativeUsed);
    if (native.length > 1 && native[0] !== native[1]) found.push(`native: ${native[1]} proving, ${native[0]} forward`);
    if (found.length === 0) continue;
    if (await deviationOf(scene)) deviating++;
    else if (failed++ < 5) console.log(`seed ${seed + i}: ${found.slice(0, 12).join("; ")}\n${describe(scene)}`);
  }
  console.log(
    `evm: ${count} programs, ${succeeded} succeed, ${deviating} meet a known deviation, ${failed} differ from @ethereumjs/evm`,
  );
  return failed;
}
