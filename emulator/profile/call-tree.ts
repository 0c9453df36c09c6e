/**
 * The calling-context tree with its shadow stack: a node for each distinct path of calls, with what was spent there and not below. Costs arrive as running totals:
 * what has come since the last change of place is charged to the place that is being left.
 */

/** What a place costs: cycles of its own, and delegation calls that it made. */
export interface Cost {
  cycles: number;
  blake2s: number;
  u256: number;
}

export const costOf = (cycles = 0, blake2s = 0, u256 = 0): Cost => ({ cycles, blake2s, u256 });

export function addCost(to: Cost, { cycles, blake2s, u256 }: Cost): void {
  to.cycles += cycles;
  to.blake2s += blake2s;
  to.u256 += u256;
}

export interface CallNode extends Cost {
  /** number of a function or of a label, see `CallTree.frame` and `CallTree.relabel`; of a section, for a root */
  readonly label: number;
  readonly parent: CallNode | undefined;
  /** how often it was called */
  calls: number;
  readonly children: Map<number, CallNode>;
}

interface Frame {
  /** the function's node; `node` is that of the label within it, where there is one */
  base: CallNode;
  node: CallNode;
  label: number;
  returnAddress: number;
}

/** Deeper frames are charged to the frame at this depth: a runaway recursion must not fill the memory. */
const DEEPEST = 1000;
const NO_RETURN = -1;

export class CallTree {
  /** One root a section, in the order of their beginning. */
  readonly roots: CallNode[] = [];
  readonly #frames: Frame[] = [];
  #root: CallNode;
  /** the node that is being charged */
  #node: CallNode;
  #cycles = 0;
  #blake2s = 0;
  #u256 = 0;

  /** @param section the first root's label @param entry the function that runs at the start */
  constructor(section: number, entry: number) {
    this.#root = this.#node = this.#newRoot(section);
    this.#push(entry, NO_RETURN);
  }

  get depth(): number {
    return this.#frames.length;
  }
  /** The function at work. */
  get current(): number {
    return this.#frames[this.#frames.length - 1].label;
  }
  /** Where the function at work returns to, -1 for the outermost. */
  get returnAddress(): number {
    return this.#frames[this.#frames.length - 1].returnAddress;
  }

  /** Charges what has come since the last call of this to the place at work. The arguments are totals of the run. */
  charge(cycles: number, blake2s: number, u256: number): void {
    const node = this.#node;
    node.cycles += cycles - this.#cycles;
    node.blake2s += blake2s - this.#blake2s;
    node.u256 += u256 - this.#u256;
    this.#cycles = cycles;
    this.#blake2s = blake2s;
    this.#u256 = u256;
  }

  call(label: number, returnAddress: number): void {
    this.#push(label, returnAddress);
  }

  /** The innermost frame goes on as another function: a tail call. */
  tail(label: number): void {
    const { returnAddress } = this.#frames.pop()!;
    this.#push(label, returnAddress);
  }

  /** Leaves the innermost frame that returns to this address and all within it. @returns whether there is one */
  leave(returnAddress: number): boolean {
    const frames = this.#frames;
    for (let i = frames.length - 1; i > 0; i--)
      if (frames[i].returnAddress === returnAddress) {
        frames.length = i;
        this.#node = frames[i - 1].node;
        return true;
      }
    return false;
  }

  /** A part of the function at work that has a name of its own, until the next or the function's end. */
  relabel(label: number): void {
    const frame = this.#frames[this.#frames.length - 1];
    frame.node = this.#node = this.#child(frame.base, label);
    this.#node.calls++;
  }

  /** A new root: the frames go on below it. */
  section(label: number): void {
    let node = (this.#root = this.#newRoot(label));
    for (const frame of this.#frames) {
      const inner = frame.node === frame.base ? undefined : frame.node.label;
      frame.base = frame.node = node = this.#child(node, frame.label);
      if (inner !== undefined) frame.node = node = this.#child(node, inner);
    }
    this.#node = node;
  }

  #newRoot(label: number): CallNode {
    const root: CallNode = { label, parent: undefined, calls: 1, children: new Map(), ...costOf() };
    this.roots.push(root);
    return root;
  }

  #push(label: number, returnAddress: number): void {
    const frames = this.#frames;
    const parent = frames.length ? frames[frames.length - 1].node : this.#root;
    const node = frames.length < DEEPEST ? this.#child(parent, label) : parent;
    node.calls++;
    frames.push({ base: node, node, label, returnAddress });
    this.#node = node;
  }

  #child(parent: CallNode, label: number): CallNode {
    let child = parent.children.get(label);
    if (!child) {
      child = { label, parent, calls: 0, children: new Map(), cycles: 0, blake2s: 0, u256: 0 };
      parent.children.set(label, child);
    }
    return child;
  }
}
