/**
 * The programs of ethereum/tests' GeneralStateTests (Cancun): each case's accounts and call, without the transaction around it, in the guest's EVM with its
 * precompiles and in `@ethereumjs/evm`; results, gas, logs and state must agree.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { differences, runReference } from "../guest/stf/evm/reference.ts";
import { EvmGuest, type Scene } from "../guest/stf/evm/run.ts";
import type { Outcome, Suite } from "./main.ts";

/** More gas only makes them longer: it is cut in both. */
const MOST_GAS = 4_000_000n;

/** What ZKsync OS does otherwise, by name of the test. */
const EXCLUDED: [RegExp, string][] = [
  [/blake2|Blake2|CALLBlake/i, "the BLAKE2F precompile is a mock"],
  [/point_evaluation|stEIP4844|eip4844/i, "no blobs, and the point evaluation precompile is a mock"],
  [/beacon_root|eip4788/i, "no beacon roots contract"],
];

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
    accounts.set(caller, { ...sender, nonce: (sender.nonce ?? 0n) + 1n });
    yield [name, { accounts, caller, to, value, data: bytes(transaction.data[indexes.data]!), gas }];
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
      const reason = EXCLUDED.find(([pattern]) => pattern.test(file))?.[1];
      if (reason) {
        outcome.excluded++;
        say(`excluded ${file}: ${reason}`);
        continue;
      }
      for (const [test, content] of Object.entries(JSON.parse(readFileSync(file, "utf8")) as Record<string, Case>)) {
        for (const [name, scene] of scenes(content)) {
          try {
            const result = evm.run(scene);
            const found = differences(result, await runReference(scene, result.accounts.keys()));
            if (found.length === 0) {
              outcome.passed++;
              continue;
            }
            say(`failed ${file} ${test} ${name}: ${found.slice(0, 6).join("; ")}`);
          } catch (error) {
            say(`failed ${file} ${test} ${name}: ${(error as Error).message}`);
          }
          outcome.failed++;
        }
      }
    }
    return outcome;
  },
};
