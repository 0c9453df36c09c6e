/** The first place where two block results differ, with the transaction it belongs to. */
import type { ForwardResult } from "../forward/results.ts";

export interface Difference {
  /** where in the result: `transactions[3].gasUsed`, `storageWrites[7].value` … */
  path: string;
  /** position of the transaction, where the difference belongs to one */
  transaction?: number;
  first: string;
  second: string;
}

function show(value: unknown): string {
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  return JSON.stringify(value, (_key, v) => (typeof v === "bigint" ? v.toString() : v)) ?? "nothing";
}

/** Walks both values in step; answers the path of the first leaf that differs. */
function firstDifference(a: unknown, b: unknown, path: string): Omit<Difference, "transaction"> | undefined {
  if (Object.is(a, b)) return undefined;
  if (a instanceof Uint8Array && b instanceof Uint8Array) {
    const at = a.findIndex((byte, i) => byte !== b[i]);
    if (at < 0 && a.length === b.length) return undefined;
    const place = at < 0 ? Math.min(a.length, b.length) : at;
    return { path: `${path}[${place}]`, first: show(a[place]), second: show(b[place]) };
  }
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) {
    return { path, first: show(a), second: show(b) };
  }
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
    const at = Array.isArray(a) ? `${path}[${key}]` : path ? `${path}.${key}` : key;
    const found = firstDifference(left[key], right[key], at);
    if (found) return found;
  }
  return undefined;
}

/** Transactions first, for what they do wrong shows in everything after them. */
const ORDER = [
  "transactionHashes",
  "transactions",
  "storageWrites",
  "publishedPreimages",
  "pubdata",
  "header",
  "blockHash",
] as const;

export function compareResults(first: ForwardResult, second: ForwardResult): Difference | undefined {
  for (const part of ORDER) {
    const found = firstDifference(first[part], second[part], part);
    if (!found) continue;
    const index = /^transaction\w*\[(\d+)\]/.exec(found.path)?.[1];
    return index === undefined ? found : { ...found, transaction: Number(index) };
  }
  return undefined;
}
