/**
 * Records what the original computes for the example block: runs the binaries of a ZKsync OS checkout (commit 0a82da0) on it.
 *
 *     node examples/block/make/reference.ts CHECKOUT
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { interpreter } from "../../../emulator/engine/interpreter.ts";
import { FULL } from "../../../emulator/machine/config.ts";
import { readBundle } from "../../../host/blocks/bundle.ts";
import { OracleDevice } from "../../../host/oracle/device.ts";
import { Oracle } from "../../../host/oracle/oracle.ts";
import { publicInputOfRegisters } from "../../../host/state/public-input.ts";

const [checkout] = process.argv.slice(2);
if (checkout === undefined) throw new Error("usage: node examples/block/make/reference.ts CHECKOUT");
const folder = fileURLToPath(new URL("../", import.meta.url));

const runs = ["app.bin", "evm_replay.bin", "server_app.bin"].map((bin) => {
  const image = new Uint8Array(readFileSync(join(checkout, "zksync_os", bin)));
  const machine = interpreter.load(image, FULL, new OracleDevice(new Oracle(readBundle(folder))));
  const stop = machine.run();
  if (stop.kind !== "finished") throw new Error(`${bin}: ${stop.kind} ${stop.message ?? ""}`);
  return {
    bin,
    public_input_bytes: publicInputOfRegisters(machine.registers),
    cycles: machine.cycles - 1, // up to the jump to itself, as everywhere in the reference data
    blake2_delegations: machine.delegations.blake2s,
    u256_delegations: machine.delegations.u256,
  };
});
writeFileSync(join(folder, "zksync-os.json"), `${JSON.stringify({ runs }, undefined, 2)}\n`);
