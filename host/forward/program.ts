/** Forward mode for programs that read their own tape: the WebAssembly module in V8, where the machine's operations are functions of the host. */
import { InputError } from "../../errors.ts";

export interface ProgramInput {
  /** words of the tape, in order */
  readonly tape: Iterable<number>;
  /** a word that the program writes towards the oracle */
  readonly write?: (word: number) => void;
  /** answers a question to the oracle (guest/sdk/oracle.ts): id and parameter words, answer words */
  readonly answer?: (id: number, parameters: Uint32Array) => Uint32Array;
  /** a line that the program logs */
  readonly log?: (line: string) => void;
}

export type ProgramEnd =
  | { readonly kind: "finished"; readonly output: Uint32Array; readonly tapeWordsRead: number }
  /** what a proving image refuses: an assertion, a trap, a tape that ends early */
  | { readonly kind: "unprovable"; readonly message: string; readonly tapeWordsRead: number };

class Finished extends Error {
  readonly output: Uint32Array;
  constructor(output: Uint32Array) {
    super("finished");
    this.output = output;
  }
}

class GaveUp extends Error {}

/** Input from one tape, as a proving image reads it: an answer is its length, then its words. */
export function replayInput(tape: Uint32Array): ProgramInput {
  const words = tape[Symbol.iterator]();
  const next = () => words.next().value ?? 0;
  return {
    tape: words,
    answer: () => Uint32Array.from({ length: Math.min(next(), tape.length) }, next),
  };
}

/**
 * Runs `main`. Delegations are not there: a forward module computes in software (`PROVING` = 0).
 * @throws InputError when the module wants imports that a forward module does not have, or has no `main`
 */
export async function runProgram(program: Uint8Array | WebAssembly.Module, input: ProgramInput): Promise<ProgramEnd> {
  const tape = input.tape[Symbol.iterator]();
  let tapeWordsRead = 0;
  let memory: WebAssembly.Memory | undefined;
  const windproof = {
    tape_read(): number {
      const { value, done } = tape.next();
      if (done) throw new GaveUp(`the program asks for word ${tapeWordsRead} of the tape, which has no more words`);
      tapeWordsRead++;
      return value;
    },
    tape_write: (word: number) => input.write?.(word >>> 0),
    finish(...words: number[]): never {
      throw new Finished(Uint32Array.from(words));
    },
    unprovable(): never {
      throw new GaveUp("the program gave up (unprovable)");
    },
    marker(): void {},
    oracle_query(id: number, parameters: number, count: number, answer: number, capacity: number): number {
      const asked = new Uint32Array(memory!.buffer, parameters >>> 0, count).slice();
      const words = input.answer?.(id >>> 0, asked);
      if (!words) throw new GaveUp(`the program asks query ${id >>> 0}, and nobody answers`);
      if (words.length > capacity) throw new GaveUp(`query ${id >>> 0}: ${words.length} words do not fit ${capacity}`);
      new Uint32Array(memory!.buffer, answer >>> 0, words.length).set(words);
      return words.length;
    },
    log(text: number, length: number): void {
      const bytes = new Uint8Array(memory!.buffer, text >>> 0, length).slice();
      input.log?.(new TextDecoder().decode(bytes));
    },
  };
  const env = {
    abort(message: number, file: number, line: number, column: number): never {
      throw new GaveUp(`${readString(memory, message) || "abort"} (${readString(memory, file)}:${line}:${column})`);
    },
  };
  try {
    const module = program instanceof WebAssembly.Module ? program : await WebAssembly.compile(new Uint8Array(program));
    const instance = await instantiate(module, { windproof, env }, (value) => {
      memory = value;
    });
    const { main } = instance.exports;
    if (typeof main !== "function")
      throw new InputError("the module exports no function `main`", "its exports", "export the entry as `main`");
    main();
    return { kind: "finished", output: new Uint32Array(8), tapeWordsRead };
  } catch (error) {
    if (error instanceof Finished) return { kind: "finished", output: error.output, tapeWordsRead };
    if (error instanceof GaveUp) return { kind: "unprovable", message: error.message, tapeWordsRead };
    if (error instanceof WebAssembly.RuntimeError) {
      return { kind: "unprovable", message: `trap: ${error.message}`, tapeWordsRead };
    }
    if (error instanceof WebAssembly.LinkError)
      throw new InputError(`not a forward module: ${error.message}`, "its imports", "compile it with PROVING=0");
    throw error;
  }
}

async function instantiate(
  module: WebAssembly.Module,
  imports: WebAssembly.Imports,
  keep: (memory: WebAssembly.Memory) => void,
): Promise<WebAssembly.Instance> {
  const instance = await WebAssembly.instantiate(module, imports);
  if (instance.exports.memory instanceof WebAssembly.Memory) keep(instance.exports.memory);
  return instance;
}

/** A string of AssemblyScript: UTF-16 at the pointer, its length in bytes in the word before. */
function readString(memory: WebAssembly.Memory | undefined, pointer: number): string {
  if (!memory || pointer === 0) return "";
  const at = pointer >>> 0;
  const length = new DataView(memory.buffer).getUint32(at - 4, true);
  return new TextDecoder("utf-16le").decode(new Uint8Array(memory.buffer, at, length).slice());
}
