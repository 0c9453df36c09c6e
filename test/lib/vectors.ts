/** The reference vectors: which cases there are, and their recorded oracle queries. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseRaw } from "../../emulator/tape/tape.ts";
import { shared } from "./shared.ts";

export interface VectorCase {
  flavour: "app" | "server" | "evm-replay" | "p256-forward";
  name: string;
  folder: string;
}

const FLAVOURS = ["app", "server", "evm-replay", "p256-forward"] as const;

/** Every case with a result (three stop with an internal error of the original and have none), or [] where the data is absent. */
export function vectorCases(): VectorCase[] {
  const root = shared("vectors");
  if (root === undefined) return [];
  return FLAVOURS.flatMap((flavour) =>
    readdirSync(join(root, flavour))
      .map((name) => ({ flavour, name, folder: join(root, flavour, name) }))
      .filter(({ folder }) => existsSync(join(folder, "forward_output.json"))),
  );
}

export interface RecordedVectorQuery {
  id: number;
  name: string;
  parameters: Uint32Array;
  /** Words read, the length first. */
  reads: Uint32Array;
}

function words(text: string): Uint32Array {
  return text === "" ? new Uint32Array() : Uint32Array.from(text.split(" "), (word) => Number.parseInt(word, 16));
}

/** The queries that the original's binary made in a case, or undefined where it was not run. */
export function recordedQueries(folder: string): RecordedVectorQuery[] | undefined {
  const file = readdirSync(folder).find((name) => name.startsWith("oracle_queries_"));
  if (!file) return undefined;
  return readFileSync(join(folder, file), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const { id, name, params, reads } = JSON.parse(line) as Record<"name" | "params" | "reads", string> & {
        id: number;
      };
      return { id, name, parameters: words(params), reads: words(reads) };
    });
}

/** The tape that the original's binary consumed. */
export function recordedTape(folder: string): Uint32Array | undefined {
  const file = readdirSync(folder).find((name) => name.startsWith("tape_"));
  if (!file) return undefined;
  return parseRaw(readFileSync(join(folder, file), "latin1"));
}
