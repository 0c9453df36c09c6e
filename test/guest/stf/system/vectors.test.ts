/** The block's end against the reference vectors: pubdata, storage writes, preimages and the public input. */
import { describe, expect, it } from "vitest";
import { readBundle } from "../../../../host/blocks/bundle.ts";
import { toHex } from "../../../../host/bytes.ts";
import { vectorCases } from "../../../lib/vectors.ts";
import { drive, publicInput, replay } from "./block.ts";

const FLAVOUR = { app: 0, "evm-replay": 1, server: 2, "p256-forward": 0 };

const cases = vectorCases().filter(({ flavour, name }) => flavour !== "p256-forward" && !name.includes("22244135"));

describe.skipIf(cases.length === 0)("the end of a block", () => {
  it.each(cases)("$flavour/$name", async ({ flavour, folder }) => {
    const bundle = readBundle(folder);
    const expected = bundle.expected.result!;
    const forward = await drive(bundle, false, FLAVOUR[flavour]);
    replay(forward, bundle, folder);
    const { pubdata, storageWrites, preimages } = forward.reported;
    expect(pubdata).toBe(toHex(expected.pubdata));
    expect(storageWrites).toEqual(expected.storageWrites);
    expect(preimages).toEqual(new Map(expected.publishedPreimages.map(({ hash, bytes }) => [hash, toHex(bytes)])));

    const proving = await drive(bundle, true, FLAVOUR[flavour]);
    replay(proving, bundle, folder);
    const { blocks, batch } = bundle.expected.publicInput!;
    expect(publicInput(proving.guest)).toBe(flavour === "server" ? batch : blocks);
  });
});
