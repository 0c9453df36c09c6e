/**
 * The programs of ethereum/tests' GeneralStateTests (Cancun): each case's accounts and call, without the transaction around it, in the guest's EVM with its
 * precompiles and in `@ethereumjs/evm`; results, gas, logs and state must agree.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { DEVIATIONS } from "../guest/stf/evm/deviations.ts";
import { differences, runReference } from "../guest/stf/evm/reference.ts";
import { EvmGuest, type Scene } from "../guest/stf/evm/run.ts";
import type { Outcome, Suite } from "./main.ts";

/** More gas only makes them longer: it is cut in both. */
const MOST_GAS = 4_000_000n;

/** EIP-3860: a longer one is refused before it comes to the EVM. */
const MAX_INITCODE = 0xc000;

interface Case {
  pre: Record<string, { nonce: string; balance: string; code: string; storage: Record<string, string> }>;
  transaction: { data: string[]; gasLimit: string[]; value: string[]; sender: string; to: string };
  post: Record<string, { indexes: { data: number; gas: number; value: number } }[]>;
}

const bytes = (text: string) => Uint8Array.from(Buffer.from(text.slice(2), "hex"));
/** Some numbers of the oldest tests say how long they are meant to be. */
const number = (text: string) => BigInt(text.replace("0x:bigint ", ""));

function* scenes(test: Case): Generator<[string, Scene]> {
  const seen = new Set<string>();
  for (const { indexes } of test.post.Cancun ?? []) {
    const { transaction } = test;
    const value = number(transaction.value[indexes.value]!);
    const asked = number(transaction.gasLimit[indexes.gas]!);
    const gas = asked < MOST_GAS ? asked : MOST_GAS;
    const name = `d${indexes.data}v${indexes.value} gas ${gas}`;
    if (seen.has(name)) continue;
    seen.add(name);
    const caller = BigInt(transaction.sender);
    const accounts: Scene["accounts"] = new Map(
      Object.entries(test.pre).map(([address, account]) => [
        BigInt(address),
        {
          nonce: BigInt(account.nonce),
          balance: BigInt(account.balance),
          code: bytes(account.code),
          storage: new Map(Object.entries(account.storage).map(([key, word]) => [BigInt(key), BigInt(word)])),
        },
      ]),
    );
    const to = transaction.to === "" ? undefined : BigInt(transaction.to);
    const sender = accounts.get(caller) ?? { nonce: 0n, balance: 0n };
    if ((sender.balance ?? 0n) < value) continue;
    const data = bytes(transaction.data[indexes.data]!);
    if (to === undefined && data.length > MAX_INITCODE) continue;
    accounts.set(caller, { ...sender, nonce: (sender.nonce ?? 0n) + 1n });
    yield [name, { accounts, caller, to, value, data, gas }];
  }
}

function* files(path: string): Generator<string> {
  if (statSync(path).isFile()) {
    if (path.endsWith(".json")) yield path;
    return;
  }
  for (const entry of readdirSync(path).sort()) yield* files(join(path, entry));
}

export const suite: Suite = {
  async run(path: string, say: (line: string) => void): Promise<Outcome> {
    const evm = await EvmGuest.load(false, true);
    const outcome: Outcome = { passed: 0, failed: 0, excluded: 0 };
    for (const file of files(path)) {
      const reason = DEVIATIONS.find(
        ({ tests }) => tests?.test(basename(file)) || tests?.test(basename(dirname(file))),
      )?.what;
      if (reason) {
        outcome.excluded++;
        say(`excluded ${file}: ${reason}`);
        continue;
      }
      for (const [test, content] of Object.entries(JSON.parse(readFileSync(file, "utf8")) as Record<string, Case>)) {
        for (const [name, scene] of scenes(content)) {
          try {
            const result = evm.run(scene);
            const reference = await runReference(scene, result.accounts.keys());
            // a creation returns its code there
            if (scene.to === undefined && reference.success) reference.returnData = "";
            const found = differences(result, reference);
            if (found.length === 0) {
              outcome.passed++;
              continue;
            }
            say(`failed ${file} ${test} ${name}: ${found.slice(0, 6).join("; ")}`);
          } catch (error) {
            // the reference wants a trusted setup for the point evaluation precompile, which is a mock in ZKsync OS
            if (/kzg/.test((error as Error).message)) {
              outcome.excluded++;
              continue;
            }
            say(`failed ${file} ${test} ${name}: ${(error as Error).message}`);
          }
          outcome.failed++;
        }
      }
    }
    return outcome;
  },
};
