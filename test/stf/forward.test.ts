/** Forward mode against the reference vectors: every result of every case, and the public input that follows from them. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readBundle } from "../../host/blocks/bundle.ts";
import type { Flavour } from "../../host/flavour.ts";
import { runForward } from "../../host/forward/run.ts";
import { Oracle } from "../../host/oracle/oracle.ts";
import { forwardModule } from "../../host/stf/build.ts";
import { shared } from "../lib/shared.ts";

const FOLDERS: readonly { folder: string; flavour: Flavour; p256?: boolean }[] = [
  { folder: "app", flavour: "app" },
  { folder: "server", flavour: "server" },
  { folder: "evm-replay", flavour: "evm-replay" },
  { folder: "p256-forward", flavour: "app", p256: true },
];

for (const { folder, flavour, p256 = false } of FOLDERS) {
  const path = shared(`vectors/${folder}`);
  describe.skipIf(!path)(`forward mode, ${folder}`, () => {
    // where the original itself stops with an internal error there is nothing but its message
    const cases = path ? readdirSync(path).filter((name) => existsSync(join(path, name, "context.json"))) : [];
    for (const name of cases) {
      test(name, async () => {
        const bundle = readBundle(join(path!, name));
        const module = await forwardModule({ flavour, p256 });
        const { result } = await runForward(module, new Oracle(bundle));
        const expected = bundle.expected.result!;
        expect(result.transactions).toEqual(expected.transactions);
        expect(result.storageWrites).toEqual(expected.storageWrites);
        expect(result.pubdata).toEqual(expected.pubdata);
        expect(result.header).toEqual(expected.header);
        expect(result.blockHash).toBe(expected.blockHash);
        const order = (list: typeof expected.publishedPreimages) =>
          [...list].sort((a, b) => (a.hash < b.hash ? -1 : 1));
        expect(order(result.publishedPreimages)).toEqual(order(expected.publishedPreimages));
      });
    }
  });
}
