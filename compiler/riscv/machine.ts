/**
 * Machine functions: instructions of the target over virtual registers (numbers from 32; 0…31 are the machine's own), in blocks with
 * parameters. SSA until `removeParameters`.
 */

export interface MInst {
  /** mnemonic, or one of the pseudo-operations of `PSEUDO` */
  op: string;
  defs: number[];
  uses: number[];
  imm: number;
  symbol?: string;
  /** bit mask of registers that are destroyed beside `defs` (calls) */
  clobbers?: number;
  origin: number;
}

export interface MEdge {
  to: MBlock;
  args: number[];
  /** estimated, at most that of either end; known from `skipEmptyBlocks` on */
  frequency?: number;
}

export interface MBlock {
  id: number;
  params: number[];
  /** the last one is the terminator */
  insts: MInst[];
  succs: MEdge[];
  /** estimated executions per execution of the function */
  frequency: number;
}

/** Where a function takes its arguments and leaves its results. */
export interface Convention {
  /** by parameter: register, -1: not passed (unused), -2-k: k-th word of the stack area */
  readonly params: readonly number[];
  readonly results: readonly number[];
  /** register of the return address */
  readonly link: number;
  readonly clobbers: number;
}

/**
 * - `li` rd, imm: any constant · `lic` rd, address: one from the low pool · `la` rd, symbol+imm: an address that the layout decides
 * - `pcopy`: all uses to all defs at once · `mv`: one
 * - `entry`: defines what the function is entered with · `ret`: uses return address and results
 * - `call` / `calli`: uses arguments (then the code address), defines results
 * - `tail` / `taili`: a call that does not come back: uses the return address, arguments (then the code address)
 * - `spill` use → slot imm · `reload` slot imm → def
 * - `outarg` use → k-th word of the callee's stack area · `inarg` k-th word of mine → def; `outres`, `inres` the same for results
 * - `trapif.OP` a, b: a branch to the trap · `jr`: jump through a register to one of the successors · `table`: jump table lookup
 */
export const PSEUDO: ReadonlySet<string> = new Set(
  "li lic la pcopy mv entry ret call calli tail taili spill reload outarg inarg trap j jr finish marker tape_read tape_write blake2s u256".split(
    " ",
  ),
);

export interface JumpTable {
  readonly symbol: string;
  readonly targets: MBlock[];
}

export class MFunc {
  readonly symbol: string;
  readonly name: string;
  blocks: MBlock[] = [];
  nextVreg = 32;
  nextBlock = 0;
  slots = 0;
  tables: JumpTable[] = [];
  /** registers that it must give back unchanged */
  preserves = 0;
  convention: Convention | undefined;
  /** virtual register of the return address, and those of the parameters */
  returnAddress = -1;
  params: number[] = [];
  /** slot of the return address if it is spilled, else -1 */
  returnSlot = -1;
  /** virtual registers that hold the return address at returns */
  exits: number[] = [];
  /** callees, `tails` among them: those that this function jumps to as its end */
  calls = new Set<string>();
  tails = new Set<string>();

  constructor(symbol: string, name: string) {
    this.symbol = symbol;
    this.name = name;
  }
  vreg(): number {
    return this.nextVreg++;
  }
  block(): MBlock {
    const block: MBlock = { id: this.nextBlock++, params: [], insts: [], succs: [], frequency: 1 };
    this.blocks.push(block);
    return block;
  }
}

export function inst(op: string, defs: number[], uses: number[], imm = 0, origin = -1): MInst {
  return { op, defs, uses, imm, origin };
}

export function printMachine(func: MFunc, names?: (v: number) => string): string {
  const name = names ?? ((v: number): string => (v < 32 ? `x${v}` : `%${v}`));
  let out = `machine $${func.symbol}\n`;
  for (const b of func.blocks) {
    out += `b${b.id}(${b.params.map(name).join(", ")}): ; frequency ${b.frequency.toPrecision(3)}\n`;
    for (const i of b.insts)
      out += `  ${i.defs.length > 0 ? i.defs.map(name).join(", ") + " = " : ""}${i.op} ${i.uses.map(name).join(", ")}${i.imm !== 0 ? ` #${i.imm}` : ""}${i.symbol !== undefined ? ` $${i.symbol}` : ""}\n`;
    out += `    → ${b.succs.map((e) => `b${e.to.id}(${e.args.map(name).join(", ")})`).join(", ")}\n`;
  }
  return out;
}

/** Removes instructions without effect whose results nothing uses. */
const KEPT: ReadonlySet<string> = new Set(
  "sb sh sw ret call calli tail taili spill outarg outres trap j jr finish marker tape_read tape_write blake2s u256 entry pcopy csr beq bne blt bge bltu bgeu".split(
    " ",
  ),
);
export function hasEffect(i: MInst): boolean {
  return KEPT.has(i.op) || i.op.startsWith("trapif");
}

export function removeDead(func: MFunc): void {
  const uses = new Int32Array(func.nextVreg);
  const see = (list: number[], by: number): void => {
    for (const v of list) uses[v]! += by;
  };
  for (const b of func.blocks) {
    for (const i of b.insts) see(i.uses, 1);
    for (const e of b.succs) see(e.args, 1);
  }
  for (let changed = true; changed; ) {
    changed = false;
    for (const b of func.blocks)
      for (let at = b.insts.length - 1; at >= 0; at--) {
        const i = b.insts[at]!;
        if (hasEffect(i) || i.defs.some((d) => d < 32 || uses[d]! > 0)) continue;
        see(i.uses, -1);
        b.insts.splice(at, 1);
        changed = true;
      }
  }
}
