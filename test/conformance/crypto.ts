/**
 * Official vectors of cryptographic functions, on the guest's precompiles and hashes in both modes: Wycheproof's JSON files and NIST's response files, found below PATH.
 * What a vector becomes: `crypto/ecdsa.ts`, `crypto/rsa.ts`, `crypto/nist.ts`. A file of a function that the guest does not have is told, not counted.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join, relative, sep } from "node:path";
import type { Case, Vector } from "./crypto/cases.ts";
import { type CryptoGuest, cryptoGuest, type Output } from "./crypto/guest.ts";
import { readNist } from "./crypto/nist.ts";
import { readWycheproof } from "./crypto/wycheproof.ts";
import type { Outcome, Suite } from "./main.ts";

function filesBelow(path: string): string[] {
  if (statSync(path).isFile()) return [path];
  const names = readdirSync(path, { recursive: true, encoding: "utf8" }).sort();
  return names
    .map((name) => join(path, name))
    .filter((file) => /\.(json|rsp|txt)$/.test(file) && statSync(file).isFile());
}

function readVectors(path: string): Vector[] | undefined {
  const text = readFileSync(path, "utf8");
  return path.endsWith(".json")
    ? readWycheproof(basename(path), text)
    : readNist(path.replaceAll(sep, "/"), basename(path), text);
}

const show = (outputs: Output[]) =>
  outputs.map((output) => (output ? Buffer.from(output).toString("hex") || "nothing" : "failure")).join(", ");

/** What is wrong with each case: a mode's outputs, or nothing. */
async function runCases(guest: CryptoGuest, cases: Case[]): Promise<(string | undefined)[]> {
  const calls = cases.flatMap((one) => one.calls);
  const modes = { forward: await guest.forward(calls), proving: guest.proving(calls) };
  let at = 0;
  return cases.map((one) => {
    const range = [at, (at += one.calls.length)] as const;
    const wrong = Object.entries(modes)
      .map(([mode, outputs]) => [mode, outputs.slice(...range)] as const)
      .filter(([, outputs]) => outputs.length !== one.calls.length || !one.good(outputs));
    return wrong.length ? wrong.map(([mode, outputs]) => `${mode}: ${show(outputs)}`).join("; ") : undefined;
  });
}

export const suite: Suite = {
  async run(path, say, { engine }) {
    const guest = await cryptoGuest(engine);
    const total: Outcome = { passed: 0, failed: 0, excluded: 0 };
    const others: string[] = [];
    for (const file of filesBelow(path)) {
      const vectors = readVectors(file);
      if (!vectors) {
        others.push(relative(path, file));
        continue;
      }
      const cases = vectors.filter((vector) => "calls" in vector);
      const failures = await runCases(guest, cases);
      failures.forEach((failure, i) => {
        if (failure) say(`FAILED   ${cases[i]!.name}: ${failure}`);
      });
      const failed = failures.filter((failure) => failure).length;
      const reasons = new Map<string, number>();
      for (const vector of vectors)
        if ("excluded" in vector) reasons.set(vector.excluded, (reasons.get(vector.excluded) ?? 0) + 1);
      const excluded = vectors.length - cases.length;
      say(`${basename(file)}: ${cases.length - failed} passed, ${failed} failed, ${excluded} excluded`);
      for (const [reason, count] of reasons) say(`  excluded ${count}: ${reason}`);
      total.passed += cases.length - failed;
      total.failed += failed;
      total.excluded += excluded;
    }
    if (others.length) say(`${others.length} files of functions that the guest does not have: ${others.join(", ")}`);
    return total;
  },
};
