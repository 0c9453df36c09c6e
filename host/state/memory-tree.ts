/**
 * The state tree in memory. Hashing is put off until a root or a path is asked for, and then every node above the changed
 * leaves is hashed once, however many changes it saw: building a tree of n leaves costs about 2n + 64 hashes when the leaves
 * lie together, not 64n.
 */
import { type Hex, toHex, ZERO_32 } from "../bytes.ts";
import {
  EMPTY_LEAF,
  EMPTY_SUBTREES,
  FIRST_GUARD,
  hashLeaf,
  hashNode,
  LAST_GUARD,
  type Leaf,
  type LeafProof,
  MAX_KEY,
  MIN_KEY,
  type StateTree,
  TREE_DEPTH,
} from "./tree.ts";

export class MemoryTree implements StateTree {
  #leaves = new Map<bigint, Leaf>();
  #indices = new Map<Hex, bigint>();
  /** Keys of all leaves, ascending: `Hex` of equal length compares as numbers do. */
  #keys: Hex[] = [];
  /** One map a level, from 0 (leaves) to 64 (root): position → hash. Positions not in it are empty subtrees. */
  #nodes: Map<bigint, Uint8Array>[] = Array.from({ length: TREE_DEPTH + 1 }, () => new Map());
  /** Leaves whose hash is not in `#nodes` yet. */
  #dirty = new Set<bigint>();
  #nextFreeSlot = 2n;

  constructor() {
    this.#put(FIRST_GUARD, { key: MIN_KEY, value: ZERO_32, next: LAST_GUARD });
    this.#put(LAST_GUARD, { key: MAX_KEY, value: ZERO_32, next: LAST_GUARD });
    this.#keys = [MIN_KEY, MAX_KEY];
  }

  /**
   * A tree from all its leaves, guards included.
   * @throws RangeError when they do not make one list sorted by key, or do not fit under `nextFreeSlot`
   */
  static fromLeaves(leaves: Iterable<readonly [index: bigint, leaf: Leaf]>, nextFreeSlot: bigint): MemoryTree {
    const tree = new MemoryTree();
    tree.#leaves.clear();
    tree.#indices.clear();
    for (const [index, leaf] of leaves) {
      if (index >= nextFreeSlot) throw new RangeError(`leaf ${index} is not below the next free slot ${nextFreeSlot}`);
      if (tree.#leaves.has(index)) throw new RangeError(`leaf ${index} is given twice`);
      if (tree.#indices.has(leaf.key)) throw new RangeError(`key ${leaf.key} has two leaves`);
      tree.#put(index, leaf);
    }
    tree.#keys = [...tree.#indices.keys()].sort();
    tree.#nextFreeSlot = nextFreeSlot;
    tree.#checkList();
    return tree;
  }

  get nextFreeSlot(): bigint {
    return this.#nextFreeSlot;
  }

  get size(): number {
    return this.#leaves.size;
  }

  root(): Hex {
    this.#hash();
    return toHex(this.#node(TREE_DEPTH, 0n));
  }

  leaf(index: bigint): Leaf {
    return this.#leaves.get(index) ?? EMPTY_LEAF;
  }

  indexOf(key: Hex): bigint | undefined {
    return this.#indices.get(key);
  }

  value(key: Hex): Hex | undefined {
    const index = this.#indices.get(key);
    return index === undefined || index === FIRST_GUARD || index === LAST_GUARD
      ? undefined
      : this.#leaves.get(index)!.value;
  }

  previousIndex(key: Hex): bigint {
    return this.#indices.get(this.#keys[this.#countNotAbove(key) - 1])!;
  }

  proof(index: bigint): LeafProof {
    this.#hash();
    const path: Uint8Array[] = [];
    for (let level = 0, at = index; level < TREE_DEPTH; level++, at >>= 1n) path.push(this.#node(level, at ^ 1n));
    return { index, leaf: this.leaf(index), path };
  }

  set(key: Hex, value: Hex, at?: bigint): bigint {
    const existing = this.#indices.get(key);
    if (existing === FIRST_GUARD || existing === LAST_GUARD) throw new RangeError(`${key} is the key of a guard`);
    if (existing !== undefined) {
      this.#put(existing, { ...this.#leaves.get(existing)!, value });
      return existing;
    }
    const index = at ?? this.#nextFreeSlot;
    if (this.#leaves.has(index)) throw new RangeError(`leaf ${index} is taken`);
    const rank = this.#countNotAbove(key);
    const previous = this.#indices.get(this.#keys[rank - 1])!;
    const before = this.#leaves.get(previous)!;
    this.#put(previous, { ...before, next: index });
    this.#put(index, { key, value, next: before.next });
    this.#keys.splice(rank, 0, key);
    if (index >= this.#nextFreeSlot) this.#nextFreeSlot = index + 1n;
    return index;
  }

  *leaves(): Generator<[bigint, Leaf]> {
    for (const key of this.#keys) {
      const index = this.#indices.get(key)!;
      yield [index, this.#leaves.get(index)!];
    }
  }

  clone(): MemoryTree {
    const copy = new MemoryTree();
    copy.#leaves = new Map(this.#leaves);
    copy.#indices = new Map(this.#indices);
    copy.#keys = this.#keys.slice();
    copy.#nodes = this.#nodes.map((level) => new Map(level));
    copy.#dirty = new Set(this.#dirty);
    copy.#nextFreeSlot = this.#nextFreeSlot;
    return copy;
  }

  #put(index: bigint, leaf: Leaf): void {
    this.#leaves.set(index, leaf);
    this.#indices.set(leaf.key, index);
    this.#dirty.add(index);
  }

  /** How many keys are ≤ `key`: at least 1, for the first guard is. */
  #countNotAbove(key: Hex): number {
    let low = 1;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#keys[middle] <= key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #node(level: number, position: bigint): Uint8Array {
    return this.#nodes[level].get(position) ?? EMPTY_SUBTREES[level];
  }

  #hash(): void {
    if (this.#dirty.size === 0) return;
    let changed = this.#dirty;
    for (const index of changed) this.#nodes[0].set(index, hashLeaf(this.#leaves.get(index)!));
    for (let level = 1; level <= TREE_DEPTH; level++) {
      const parents = new Set<bigint>();
      for (const position of changed) parents.add(position >> 1n);
      for (const position of parents) {
        const left = position << 1n;
        this.#nodes[level].set(position, hashNode(this.#node(level - 1, left), this.#node(level - 1, left | 1n)));
      }
      changed = parents;
    }
    this.#dirty = new Set();
  }

  #checkList(): void {
    const keys = this.#keys;
    if (this.#indices.get(MIN_KEY) !== FIRST_GUARD) throw new RangeError("leaf 0 is not the guard with key 0");
    if (this.#indices.get(MAX_KEY) !== LAST_GUARD) throw new RangeError("leaf 1 is not the guard with key 2^256 − 1");
    for (let rank = 0; rank < keys.length; rank++) {
      const index = this.#indices.get(keys[rank])!;
      const next = rank + 1 < keys.length ? this.#indices.get(keys[rank + 1])! : LAST_GUARD;
      const leaf = this.#leaves.get(index)!;
      if (leaf.next !== next) throw new RangeError(`leaf ${index} points to ${leaf.next}, the next key is at ${next}`);
    }
  }
}
