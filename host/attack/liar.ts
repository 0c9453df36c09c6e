/**
 * A dishonest oracle: it answers a live run truthfully but for one lie, and for what has to fit the lie. A forged tape mostly breaks where the run turns off the recorded way;
 * here all questions after the lie are answered as asked, so that only the guest's checks stand in the way.
 */
import { bytesToWords, type Hex, toHex, uintToHex, wordsToBytes, ZERO_32 } from "../bytes.ts";
import { isHint } from "../oracle/hints.ts";
import type { Oracle } from "../oracle/oracle.ts";
import { INITIAL_IO_DATA, INITIAL_STORAGE_SLOT, PREIMAGE } from "../oracle/queries.ts";
import { answerTreeBatch, TREE_BATCH } from "../oracle/tree-hints.ts";
import { fromWords, toWords } from "../oracle/words.ts";
import { flatKey } from "../state/hash.ts";
import type { State } from "../state/state.ts";
import type { StateTree } from "../state/tree.ts";
import type { Random } from "./random.ts";
import { lieAboutTree } from "./tree-lies.ts";

/** Queries that a lie can be told at: what is no input. */
export function canLieAbout(id: number): boolean {
  return id === INITIAL_STORAGE_SLOT || id === PREIMAGE || id === TREE_BATCH || id === INITIAL_IO_DATA || isHint(id);
}

/** Primes and orders that hinted numbers are residues of. */
const MODULI = [
  0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2fn,
  0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n,
  0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47n,
  0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001n,
];

/** A lie in a hint: one of its numbers is another one, mostly one that is nearly right. */
function lieAboutHint(answer: Uint32Array, random: Random): string {
  if (answer.length < 8 || random.below(8) === 0) {
    const at = random.below(answer.length);
    answer[at] = random.pick([answer[at]! ^ 1, answer[at]! + 1, answer[at]! - 1, 0, 1, 2, 0xffffffff]);
    return `word ${at} of the hint`;
  }
  // numbers start at any even word: some answers begin with a few words of flags
  const at = 2 * random.below((answer.length - 8) / 2 + 1);
  const value = fromWords(answer, at);
  const p = random.pick(MODULI);
  const [name, lie] = random.pick([
    ["one more", value + 1n],
    ["one less", value - 1n],
    ["negated", p - (value % p)],
    ["not reduced", value + p],
    ["reduced", value - p],
    ["doubled", 2n * value],
    ["zero", 0n],
    ["the modulus", p],
    ["all ones", -1n],
    ["its neighbour", fromWords(answer, random.below(answer.length / 8) * 8)],
  ] as const);
  answer.set(toWords(lie & ((1n << 256n) - 1n)), at);
  return `number at word ${at} of the hint: ${name}`;
}

export class LyingOracle {
  readonly #oracle: Pick<Oracle, "answer">;
  readonly #state: State;
  readonly #random: Random;
  readonly #target: number;
  #asked = 0;
  /** what the tree says to go with a lie about a slot */
  #tree: StateTree | undefined;
  /** what the lie was, for people; undefined as long as none was told */
  lie: string | undefined;

  /** @param target the question (counting those that `canLieAbout`) at which the lie is told */
  constructor(oracle: Pick<Oracle, "answer">, state: State, random: Random, target: number) {
    this.#oracle = oracle;
    this.#state = state;
    this.#random = random;
    this.#target = target;
  }

  answer(id: number, parameters: Uint32Array): Uint32Array {
    const honest =
      id === TREE_BATCH && this.#tree ? answerTreeBatch(this.#tree, parameters) : this.#oracle.answer(id, parameters);
    if (!canLieAbout(id) || this.#asked++ !== this.#target) return honest;
    if (id === TREE_BATCH) {
      const [lie, words] = lieAboutTree(parameters, honest, this.#state.tree, this.#random);
      this.lie = lie;
      return words;
    }
    const answer = honest.slice();
    this.lie = this.#tell(id, parameters, answer);
    if (!isHint(id) || this.#random.below(2) === 0) return answer;
    // some answers are read for as long as the guest needs: a lie may need more than the truth
    const longer = new Uint32Array(answer.length + 64);
    longer.set(answer);
    for (let i = answer.length; i < longer.length; i++) longer[i] = answer[i % answer.length]!;
    return longer;
  }

  #tell(id: number, parameters: Uint32Array, answer: Uint32Array): string {
    if (id === INITIAL_STORAGE_SLOT) return this.#slot(parameters, answer);
    if (id === PREIMAGE) return this.#preimage(answer);
    if (id === INITIAL_IO_DATA) {
      // the root stays: another one would be another statement about another tree
      const at = 8 + this.#random.below(answer.length - 8);
      answer[at] = this.#random.pick([0, 1, answer[at]! + 1, answer[at]! - 1, this.#random.word()]);
      return `word ${at} of the state commitment`;
    }
    return lieAboutHint(answer, this.#random);
  }

  /** Another value, or that a slot exists that does not, or the other way round; the tree's proof is then of a tree where that is so, as far as there is one. */
  #slot(parameters: Uint32Array, answer: Uint32Array): string {
    const random = this.#random;
    const limbs = [...parameters.subarray(0, 5)].reverse();
    const account = uintToHex(
      limbs.reduce((value, limb) => (value << 32n) | BigInt(limb), 0n),
      20,
    );
    const key = toHex(wordsToBytes(parameters.subarray(6, 14)));
    const isNew = answer[0] === 1;
    const value: Hex = random.pick([
      ZERO_32,
      uintToHex(1n, 32),
      toHex(wordsToBytes(answer.subarray(2))),
      uintToHex(BigInt(random.word()), 32),
      // the hash of some other account, or of a bytecode
      random.pick([...this.#state.preimages.keys(), ZERO_32]),
    ]);
    const claimNew = random.below(3) === 0 ? !isNew : isNew;
    answer[0] = claimNew ? 1 : 0;
    answer.set(bytesToWords(Buffer.from(value.slice(2), "hex")), 2);
    if (!claimNew && random.below(2) === 0) {
      this.#tree = this.#state.tree.clone();
      this.#tree.set(flatKey(account, key), value);
    }
    const how = this.#tree ? ", with a proof from a tree where that is so" : "";
    return `slot ${key} of ${account} ${claimNew ? "is new" : "exists"} and has ${value}${how}`;
  }

  #preimage(answer: Uint32Array): string {
    const random = this.#random;
    if (answer.length === 0) return "nothing";
    const others = [...this.#state.preimages.values()].filter(
      ({ length }) => bytesToWords(new Uint8Array(length)).length === answer.length,
    );
    if (random.below(3) === 0 && others.length) {
      answer.set(bytesToWords(random.pick(others)));
      return "another preimage of that length";
    }
    const at = random.below(2) === 0 ? answer.length - 1 : random.below(answer.length);
    answer[at] ^= 1 << random.below(32);
    return `word ${at} of ${answer.length} of a preimage`;
  }
}
