/** Dense sets of small numbers. */
export class BitSet {
  readonly words: Int32Array;
  constructor(size: number) {
    this.words = new Int32Array((size + 31) >>> 5);
  }
  has(i: number): boolean {
    return (this.words[i >>> 5]! & (1 << (i & 31))) !== 0;
  }
  add(i: number): void {
    this.words[i >>> 5]! |= 1 << (i & 31);
  }
  delete(i: number): void {
    this.words[i >>> 5]! &= ~(1 << (i & 31));
  }
  copyFrom(other: BitSet): void {
    this.words.set(other.words);
  }
  /** Adds all of `other`; true if that changed anything. */
  union(other: BitSet): boolean {
    let changed = 0;
    for (let w = 0; w < this.words.length; w++) {
      const before = this.words[w]!;
      const after = before | other.words[w]!;
      changed |= before ^ after;
      this.words[w] = after;
    }
    return changed !== 0;
  }
  forEach(f: (i: number) => void): void {
    for (let w = 0; w < this.words.length; w++) {
      let bits = this.words[w]!;
      while (bits !== 0) {
        const low = bits & -bits;
        f((w << 5) + 31 - Math.clz32(low));
        bits ^= low;
      }
    }
  }
}
