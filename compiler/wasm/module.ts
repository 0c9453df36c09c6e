/** A decoded WebAssembly module: what the reader makes, the validator checks and the IR builder takes. Indices are those of the binary format. */

export type ValueType = "i32" | "i64" | "f32" | "f64" | "v128" | "funcref" | "externref";

export interface FunctionType {
  readonly params: readonly ValueType[];
  readonly results: readonly ValueType[];
}

/** Where an imported thing comes from. */
export interface ImportName {
  readonly module: string;
  readonly name: string;
}

/** A block's type: none, one result, or an index into the module's types (multi-value). Already resolved to a function type. */
export type BlockType = FunctionType;

/**
 * One instruction. `op` is the name of the text format (`i32.add`, `local.get`, `br_table`, …); the immediates that an opcode has are set,
 * the others absent. `offset` is the byte offset in the module file, the key of source maps.
 */
export interface Instruction {
  readonly op: string;
  readonly offset: number;
  /** local, global, function, type, table, label depth, data or element index */
  readonly index?: number;
  /** second index: table of call_indirect / table.init / table.copy, memory of memory.init */
  readonly index2?: number;
  /** i32.const (signed) */
  readonly value?: number;
  /** i64.const (signed) */
  readonly value64?: bigint;
  /** static offset (beyond 2^53, which is beyond every memory, rounded) and log2 of the alignment of a memory access; its memory, absent for 0 */
  readonly memoryOffset?: number;
  readonly align?: number;
  readonly memory?: number;
  /** block, loop, if */
  readonly block?: BlockType;
  /** br_table: label depths, the default last */
  readonly labels?: readonly number[];
  /** select with types, ref.null */
  readonly types?: readonly ValueType[];
}

export interface WasmFunction {
  readonly index: number;
  readonly type: FunctionType;
  readonly typeIndex: number;
  /** set for imported functions, which have no body */
  readonly import?: ImportName;
  /** name section, else the export's name, else `func[N]` */
  readonly name: string;
  /** declared locals, parameters not included, runs expanded */
  readonly locals: readonly ValueType[];
  /** body in order, `end` of the function included; empty for an import */
  readonly body: readonly Instruction[];
}

/** A constant expression: a constant, the value of a (preceding) global, arithmetic on one that is not known yet, a function reference or null. */
export type ConstantExpression =
  | { readonly kind: "i32"; readonly value: number }
  | { readonly kind: "i64"; readonly value: bigint }
  | { readonly kind: "global"; readonly index: number }
  | {
      readonly kind: "binary";
      readonly op: string;
      readonly left: ConstantExpression;
      readonly right: ConstantExpression;
    }
  | { readonly kind: "function"; readonly index: number }
  | { readonly kind: "null" }
  | { readonly kind: "unsupported"; readonly op: string; readonly offset: number };

export interface Limits {
  readonly min: number;
  readonly max?: number;
}

export interface WasmGlobal {
  readonly type: ValueType;
  readonly mutable: boolean;
  readonly import?: ImportName;
  readonly init?: ConstantExpression;
  readonly name?: string;
}

/** What addresses a memory or indexes a table: absent for i32. */
export interface Addressed {
  readonly address?: "i64";
}

export const addressType = ({ address }: Addressed): "i32" | "i64" => address ?? "i32";

export interface WasmTable extends Addressed {
  readonly type: ValueType;
  readonly limits: Limits;
  /** initial value of all entries, absent for null */
  readonly init?: ConstantExpression;
  readonly import?: ImportName;
}

export interface WasmMemory extends Addressed {
  /** pages of 65,536 bytes */
  readonly limits: Limits;
  readonly import?: ImportName;
}

export interface DataSegment {
  /** of an active segment, absent for 0 */
  readonly memory?: number;
  readonly bytes: Uint8Array;
  /** active segments have an offset, passive ones none */
  readonly offset?: ConstantExpression;
}

export interface ElementSegment {
  readonly mode: "active" | "passive" | "declarative";
  readonly table: number;
  /** funcref or externref */
  readonly type: ValueType;
  readonly offset?: ConstantExpression;
  readonly items: readonly ConstantExpression[];
}

/** Declared only: nothing that throws is accepted. */
export interface WasmTag {
  readonly type: FunctionType;
  readonly typeIndex: number;
  readonly import?: ImportName;
}

export interface WasmExport {
  readonly name: string;
  readonly kind: "function" | "table" | "memory" | "global" | "tag";
  readonly index: number;
}

export interface WasmModule {
  readonly types: readonly FunctionType[];
  /** imported functions first, as the index space has them; likewise for the others */
  readonly functions: readonly WasmFunction[];
  readonly tables: readonly WasmTable[];
  readonly memories: readonly WasmMemory[];
  readonly globals: readonly WasmGlobal[];
  readonly tags: readonly WasmTag[];
  readonly exports: readonly WasmExport[];
  readonly start?: number;
  readonly elements: readonly ElementSegment[];
  readonly data: readonly DataSegment[];
  /** module name of the name section */
  readonly name?: string;
  /** custom sections by name, names section excluded */
  readonly custom: ReadonlyMap<string, Uint8Array>;
}
