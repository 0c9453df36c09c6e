/** Inputs and outputs of precompile calls in the reference vectors beside the repository. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { shared } from "../../lib/shared.ts";

export interface PrecompileCall {
  name: string;
  input: Uint8Array;
  /** what the original returned; undefined if the call failed */
  output: Uint8Array | undefined;
}

/** Calls of the precompile at `address`: cases `d_precompile_0…`, each one transaction that calls it. Empty where the vectors are absent. */
export function precompileCalls(address: number): PrecompileCall[] {
  const folder = shared("vectors/app");
  if (!folder) return [];
  const calls: PrecompileCall[] = [];
  for (const name of readdirSync(folder).sort()) {
    const [transactions, result] = ["transactions.json", "forward_output.json"].map((file) => join(folder, name, file));
    if (!name.startsWith("d_precompile_") || !existsSync(transactions!) || !existsSync(result!)) continue;
    const encoded = Buffer.from(JSON.parse(readFileSync(transactions!, "utf8"))[0].slice(2), "hex");
    const word = (at: number) => BigInt("0x" + encoded.subarray(at, at + 32).toString("hex"));
    // ABI encoding of the transaction: type, from, to, …; the data's offset is word 14
    if (word(64) !== BigInt(address)) continue;
    const data = Number(word(14 * 32));
    const input = Uint8Array.from(encoded.subarray(data + 32, data + 32 + Number(word(data))));
    const { status, return_data } = JSON.parse(readFileSync(result!, "utf8")).tx_results[0];
    const output = status === "success" ? Uint8Array.from(Buffer.from(return_data.slice(2), "hex")) : undefined;
    calls.push({ name, input, output });
  }
  return calls;
}
