/**
 * Reading foreign JSON: every value knows where it stands, so that whatever is wrong with it becomes one error that says
 * what, where, and what to do next.
 */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { InputError } from "../../errors.ts";
import type { Hex } from "../bytes.ts";

/** A value of a JSON document and its place, e.g. `tree_before.json: leaves[3].key`. */
export class Field {
  readonly value: unknown;
  readonly where: string;
  readonly #next: string;

  constructor(value: unknown, where: string, next: string) {
    this.value = value;
    this.where = where;
    this.#next = next;
  }

  fail(what: string): never {
    throw new InputError(what, this.where, this.#next);
  }

  get(name: string): Field {
    const field = this.optional(name);
    return field ?? this.fail(`"${name}" is missing`);
  }

  /** Absent and null are the same: JSON-RPC servers use both. */
  optional(name: string): Field | undefined {
    const value = this.#object()[name];
    return value === undefined || value === null ? undefined : this.#child(value, `.${name}`);
  }

  items(): Field[] {
    if (!Array.isArray(this.value)) this.fail(`expected a list, got ${describe(this.value)}`);
    return this.value.map((item, i) => this.#child(item, `[${i}]`));
  }

  entries(): [string, Field][] {
    return Object.entries(this.#object()).map(([name, value]) => [name, this.#child(value, `.${name}`)]);
  }

  string(): string {
    return typeof this.value === "string" ? this.value : this.fail(`expected a string, got ${describe(this.value)}`);
  }

  boolean(): boolean {
    return typeof this.value === "boolean" ? this.value : this.fail(`expected a boolean, got ${describe(this.value)}`);
  }

  /** Hex bytes, in lower case. */
  hex(length?: number): Hex {
    const text = this.string();
    if (!/^0x[0-9a-fA-F]*$/.test(text) || text.length % 2 !== 0) this.fail(`expected hex bytes, got ${describe(text)}`);
    if (length !== undefined && text.length !== 2 + 2 * length) {
      this.fail(`expected ${length} bytes, got ${(text.length - 2) / 2}`);
    }
    return text.toLowerCase() as Hex;
  }

  /** An unsigned integer of at most `bits` bits: a JSON integer, a decimal string, or a hex quantity of any length. */
  uint(bits: number): bigint {
    const { value } = this;
    let number: bigint | undefined;
    if (typeof value === "bigint") number = value;
    else if (typeof value === "number" && Number.isSafeInteger(value)) number = BigInt(value);
    else if (typeof value === "string" && /^(0x[0-9a-fA-F]+|[0-9]+)$/.test(value)) number = BigInt(value);
    if (number === undefined || number < 0n) this.fail(`expected an unsigned integer, got ${describe(value)}`);
    if (number >> BigInt(bits)) this.fail(`expected at most ${bits} bits, got ${describe(value)}`);
    return number;
  }

  /** As `uint`, but not 0: a block has one before it. */
  positive(bits: number): bigint {
    const number = this.uint(bits);
    return number === 0n ? this.fail("expected a positive integer, got 0") : number;
  }

  /** A 32-byte value that may be written without its leading zeros, as 32 bytes. */
  word(): Hex {
    return `0x${this.uint(256).toString(16).padStart(64, "0")}`;
  }

  #object(): Record<string, unknown> {
    const { value } = this;
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      this.fail(`expected an object, got ${describe(value)}`);
    }
    return value as Record<string, unknown>;
  }

  #child(value: unknown, step: string): Field {
    const where = this.where.endsWith(":") ? `${this.where} ${step.replace(/^\./, "")}` : this.where + step;
    return new Field(value, where, this.#next);
  }
}

function describe(value: unknown): string {
  const text = JSON.stringify(value, (_, v) => (typeof v === "bigint" ? v.toString() : v)) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

/** Integers that a double cannot hold become bigints. (The source text of a number: ECMAScript's JSON.parse source text access.) */
function exactIntegers(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== "number" || Number.isSafeInteger(value) || context?.source === undefined) return value;
  return /^-?[0-9]+$/.test(context.source) ? BigInt(context.source) : value;
}

/** @param next what to do when something is wrong in this file */
export function parseDocument(text: string, name: string, next: string): Field {
  try {
    return new Field(JSON.parse(text, exactIntegers), `${name}:`, next);
  } catch (error) {
    if (error instanceof SyntaxError) throw new InputError(`not valid JSON: ${error.message}`, name, next);
    if (error instanceof RangeError) throw new InputError("lists and objects are nested too deeply", name, next);
    throw error;
  }
}

export function readDocument(path: string, next: string): Field {
  return parseDocument(readText(path, next), basename(path), next);
}

/** As `readDocument`, or undefined when there is no such file. */
export function readOptionalDocument(path: string, next: string): Field | undefined {
  const text = readTextIfPresent(path, next);
  return text === undefined ? undefined : parseDocument(text, basename(path), next);
}

function readText(path: string, next: string): string {
  return readTextIfPresent(path, next) ?? missing(path, next);
}

function missing(path: string, next: string): never {
  throw new InputError("the file does not exist", path, next);
}

function readTextIfPresent(path: string, next: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT") return undefined;
    throw new InputError(`the file cannot be read (${code})`, path, next);
  }
}
