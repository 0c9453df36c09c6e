/** The state tree against the original's trees, and against a tree built the slow way. */
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readBundle } from "../../../host/blocks/bundle.ts";
import { readOptionalDocument } from "../../../host/blocks/document.ts";
import { readTree } from "../../../host/blocks/explicit.ts";
import { type Hex, toHex, uintToHex } from "../../../host/bytes.ts";
import { MemoryTree } from "../../../host/state/memory-tree.ts";
import { hashLeaf, hashNode, MAX_KEY, MIN_KEY, rootOfProof, TREE_DEPTH } from "../../../host/state/tree.ts";
import { vectorCases } from "../../lib/vectors.ts";

const cases = vectorCases();

describe.skipIf(cases.length === 0)("vectors", () => {
  it.each(cases)("$flavour/$name: the writes lead from the tree before to the tree after", ({ folder }) => {
    const { state, expected } = readBundle(folder);
    expect({ root: state.tree.root(), nextFreeSlot: state.tree.nextFreeSlot }).toEqual(expected.stateBefore);
    const { tree } = state.after(expected.result!);
    expect({ root: tree.root(), nextFreeSlot: tree.nextFreeSlot }).toEqual(expected.stateAfter);
    const after = readOptionalDocument(join(folder, "tree_after.json"), "");
    if (after) expect([...tree.leaves()]).toEqual([...readTree(after).leaves()]);
    expect(state.tree.root()).toBe(expected.stateBefore!.root); // the clone is independent
  });
});

const keyOf = (n: number): Hex => uintToHex(BigInt(n) + 1n, 32);

describe("memory tree", () => {
  it("has two guards when empty", () => {
    const tree = new MemoryTree();
    expect([...tree.leaves()].map(([index, leaf]) => [index, leaf.key, leaf.next])).toEqual([
      [0n, MIN_KEY, 1n],
      [1n, MAX_KEY, 1n],
    ]);
    expect(tree.nextFreeSlot).toBe(2n);
  });

  it("proves every leaf, taken or empty, of any tree", () => {
    const writes = fc.array(fc.record({ key: fc.nat(30), value: fc.nat(), at: fc.option(fc.bigInt(2n, 1n << 40n)) }));
    fc.assert(
      fc.property(writes, fc.bigInt(0n, (1n << 64n) - 1n), (list, other) => {
        const tree = new MemoryTree();
        const model = new Map<Hex, Hex>();
        for (const { key, value, at } of list) {
          const place = at !== null && tree.leaf(at).key === MIN_KEY ? at : undefined;
          tree.set(keyOf(key), keyOf(value), place);
          model.set(keyOf(key), keyOf(value));
          if (value % 3 === 0) tree.root(); // hashing in between must not matter
        }
        const root = tree.root();
        const rebuilt = MemoryTree.fromLeaves(tree.leaves(), tree.nextFreeSlot);
        expect(rebuilt.root()).toBe(root);
        for (const [index] of tree.leaves()) expect(toHex(rootOfProof(tree.proof(index)))).toBe(root);
        expect(toHex(rootOfProof(tree.proof(other)))).toBe(root);
        for (const [key, value] of model) expect(tree.value(key)).toBe(value);
        const keys = [...tree.leaves()].map(([, leaf]) => leaf.key);
        expect(keys).toEqual([...model.keys(), MIN_KEY, MAX_KEY].sort());
        for (const key of [keyOf(0), keyOf(7), keyOf(99)]) {
          expect(tree.leaf(tree.previousIndex(key)).key).toBe(keys.filter((k) => k <= key).at(-1));
        }
      }),
      { numRuns: 60 },
    );
  });

  it("hashes as a tree of 2^64 leaves does", () => {
    const tree = new MemoryTree();
    tree.set(keyOf(5), keyOf(6));
    let empty = hashLeaf({ key: MIN_KEY, value: MIN_KEY, next: 0n });
    let hashes = [0n, 1n, 2n].map((index) => hashLeaf(tree.leaf(index)));
    for (let level = 0; level < TREE_DEPTH; level++) {
      if (hashes.length % 2) hashes.push(empty);
      hashes = hashes.flatMap((hash, i) => (i % 2 ? [hashNode(hashes[i - 1], hash)] : []));
      empty = hashNode(empty, empty);
    }
    expect(tree.root()).toBe(toHex(hashes[0]));
  });

  it("refuses what is not a state", () => {
    const tree = new MemoryTree();
    tree.set(keyOf(1), keyOf(1));
    expect(() => tree.set(MIN_KEY, keyOf(1))).toThrow(/guard/);
    expect(() => tree.set(keyOf(2), keyOf(1), 2n)).toThrow(/taken/);
    const leaves = [...tree.leaves()];
    expect(() => MemoryTree.fromLeaves(leaves, 2n)).toThrow(/not below the next free slot/);
    expect(() => MemoryTree.fromLeaves([...leaves, leaves[1]], 3n)).toThrow(/given twice/);
    expect(() => MemoryTree.fromLeaves([...leaves, [3n, leaves[1][1]]], 4n)).toThrow(/two leaves/);
    expect(() => MemoryTree.fromLeaves(leaves.slice(1), 3n)).toThrow(/leaf 0 is not the guard/);
    const [index, leaf] = leaves[1];
    const cut: typeof leaves = leaves.map((entry, i) => (i === 1 ? [index, { ...leaf, next: 2n }] : entry));
    expect(() => MemoryTree.fromLeaves(cut, 3n)).toThrow(/leaf 2 points to 2, the next key is at 1/);
  });
});
