/** What code generation hands to the linker: functions as instruction words with relocations, and where each word comes from. */

/** A place in a function's code that depends on an address that only the layout knows. */
export interface Relocation {
  /** index of the word in `code` */
  readonly at: number;
  /**
   * `jal`: 20-bit jump; `branch`: 12-bit branch; `hi20`/`lo12i`/`lo12s`: absolute address by lui + addi/load/store;
   * `word`: the absolute address as data. A call that a `jal` does not reach is an `auipc`+`jalr` pair: `call` at the first word.
   */
  readonly kind: "jal" | "branch" | "call" | "hi20" | "lo12i" | "lo12s" | "word";
  readonly symbol: string;
  readonly addend: number;
}

/** A line-table entry: from this word on, code comes from this offset in the module file. */
export interface Origin {
  readonly at: number;
  /** byte offset in the WebAssembly file, -1 for code that has no source (start-up, spills) */
  readonly offset: number;
}

/** A label inside a function: a cycle marker or another place that tools want to name. No code. */
export interface LocalLabel {
  readonly at: number;
  readonly name: string;
}

export interface ObjectFunction {
  /** unique in the program */
  readonly symbol: string;
  /** for people: the WebAssembly name, not necessarily unique */
  readonly displayName: string;
  readonly code: Uint32Array;
  readonly relocations: readonly Relocation[];
  readonly origins: readonly Origin[];
  readonly labels: readonly LocalLabel[];
  /** bytes of stack that the function takes, constant during its body, 0 for leaves without spills */
  readonly frameSize: number;
  /** byte offset from sp (after the prologue) where the return address is kept (a negative multiple of 4: slots lie below sp), -1 when it stays in a register */
  readonly returnAddressSlot: number;
  /** register that holds the return address when it has no slot: code generation chooses it for each function; absent: ra */
  readonly returnRegister?: number;
}

/** Read-only data: jump tables, call_indirect tables, constants. Goes to ROM. */
export interface ObjectData {
  readonly symbol: string;
  readonly align: number;
  readonly bytes: Uint8Array;
  readonly relocations: readonly Relocation[];
}

/** The whole program before layout. */
export interface ProgramObject {
  /** the first is placed at address 0 and is the entry */
  readonly functions: readonly ObjectFunction[];
  readonly data: readonly ObjectData[];
  /** initial contents at fixed addresses; those in ROM are placed as they are, those in RAM are copied by start-up code that code generation made */
  readonly fixed: readonly { readonly address: number; readonly bytes: Uint8Array }[];
  /**
   * The same program with longer forms (`call` in place of `jal`) of the calls that do not reach: by symbol of the function, numbers of its calls in order of its
   * relocations. The map names all of them, not only new ones.
   */
  readonly lengthen?: (calls: ReadonlyMap<string, ReadonlySet<number>>) => ProgramObject;
}
