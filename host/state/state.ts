/** A state: the tree and the preimages of the hashes in it, with the operations in which test states and traces are told. */
import { concat, fromHex, type Hex, uintToBytes, ZERO_32 } from "../bytes.ts";
import { type Account, accountKey, accountOfCode, decodeAccount, EMPTY_ACCOUNT, encodeAccount } from "./account.ts";
import { blake2sHex, flatKey } from "./hash.ts";
import type { BlockResult } from "./result.ts";
import type { StateTree } from "./tree.ts";

/** Blake2s hash → bytes: encodings of accounts, and bytecodes. */
export type Preimages = Map<Hex, Uint8Array>;

/** Where a new leaf goes; undefined is the next free slot. */
export type Placement = (key: Hex) => bigint | undefined;

/**
 * Leaves all over the 2^64 places, as in a state with a long history: paths share little, so a block costs what it would there. (The original's rig draws
 * the places at random; here they follow from the seed.)
 */
export function scattered(seed: number): Placement {
  return (key) => {
    const place = BigInt(blake2sHex(concat(uintToBytes(BigInt(seed), 8), fromHex(key))).slice(0, 18));
    return place < 2n ? 2n : place;
  };
}

export class State {
  readonly tree: StateTree;
  readonly preimages: Preimages;
  readonly #placement: Placement;

  constructor(tree: StateTree, preimages: Preimages = new Map(), placement: Placement = () => undefined) {
    this.tree = tree;
    this.preimages = preimages;
    this.#placement = placement;
  }

  /** @throws RangeError when the tree names properties whose preimage is not known */
  account(address: Hex): Account {
    const hash = this.tree.value(accountKey(address));
    if (hash === undefined || hash === ZERO_32) return { ...EMPTY_ACCOUNT };
    const encoding = this.preimages.get(hash);
    if (encoding === undefined) throw new RangeError(`no preimage of ${hash}, the properties of ${address}`);
    return decodeAccount(encoding);
  }

  setAccount(address: Hex, account: Account): void {
    const encoding = encodeAccount(account);
    const hash = blake2sHex(encoding);
    this.preimages.set(hash, encoding);
    this.#set(accountKey(address), hash);
  }

  /** Gives the code, and an account with it: balance and nonce 0. */
  accountWithCode(code: Uint8Array): Account {
    const account = accountOfCode(code);
    this.preimages.set(account.bytecodeHash, code);
    return account;
  }

  storage(address: Hex, key: Hex): Hex {
    return this.tree.value(flatKey(address, key)) ?? ZERO_32;
  }

  setStorage(address: Hex, key: Hex, value: Hex): void {
    this.#set(flatKey(address, key), value);
  }

  /** The state after a block: a copy with its writes, in order, and the preimages that it published. */
  after(result: Pick<BlockResult, "storageWrites" | "publishedPreimages">): State {
    const after = this.clone();
    for (const { hash, bytes } of result.publishedPreimages) after.preimages.set(hash, bytes);
    for (const { flatKey: key, value } of result.storageWrites) after.tree.set(key, value); // new leaves are appended, whatever the placement was
    return after;
  }

  clone(): State {
    return new State(this.tree.clone(), new Map(this.preimages), this.#placement);
  }

  #set(key: Hex, value: Hex): void {
    this.tree.set(key, value, this.#placement(key));
  }
}

/** An operation that makes up a state, as `prestate.json` of the vectors lists them (the original's test rig). */
export type StateOperation =
  | { op: "set_balance"; address: Hex; balance: bigint }
  | { op: "set_evm_bytecode"; address: Hex; code: Uint8Array }
  | { op: "set_storage_slot"; address: Hex; key: Hex; value: Hex }
  | { op: "set_account_properties"; address: Hex; balance?: bigint; nonce?: bigint; code?: Uint8Array };

/** Applies one operation as the original's rig does (`tests/rig/src/chain.rs`): the first two reset the account's other fields. */
export function applyOperation(state: State, operation: StateOperation): void {
  const { address } = operation;
  if (operation.op === "set_storage_slot") state.setStorage(address, operation.key, operation.value);
  else if (operation.op === "set_balance") state.setAccount(address, { ...EMPTY_ACCOUNT, balance: operation.balance });
  else if (operation.op === "set_evm_bytecode") state.setAccount(address, state.accountWithCode(operation.code));
  else {
    const account = operation.code === undefined ? state.account(address) : state.accountWithCode(operation.code);
    if (operation.balance !== undefined) account.balance = operation.balance;
    if (operation.nonce !== undefined) account.nonce = operation.nonce;
    state.setAccount(address, account);
  }
}
