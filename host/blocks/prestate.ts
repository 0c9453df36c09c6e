/**
 * State before an Ethereum block, from the prestate trace: the accounts and slots that each transaction touches, with the
 * values they had before it. As the original's block runner does it (`tests/instances/eth_runner/src/prestate.rs`): the first
 * mention of a value counts, later ones are results of the block itself.
 */
import { fromHex, type Hex } from "../bytes.ts";
import { applyOperation, type State } from "../state/state.ts";
import type { Field } from "./document.ts";

/** An account in a trace: only what the trace mentions. */
export interface TracedAccount {
  balance?: bigint;
  nonce?: bigint;
  code?: Uint8Array;
  storage?: Map<Hex, Hex>;
}

export type TracedState = Map<Hex, TracedAccount>;

export function readTracedState(field: Field): TracedState {
  const state: TracedState = new Map();
  for (const [text, account] of field.entries()) {
    const address = text.toLowerCase();
    if (!/^0x[0-9a-f]{40}$/.test(address)) account.fail(`"${text}" is not an address`);
    state.set(address as Hex, readTracedAccount(account));
  }
  return state;
}

function readTracedAccount(field: Field): TracedAccount {
  const account: TracedAccount = {};
  const [balance, nonce, code, storage] = ["balance", "nonce", "code", "storage"].map((name) => field.optional(name));
  if (balance) account.balance = balance.uint(256);
  if (nonce) account.nonce = nonce.uint(64);
  // Some nodes write "0x" where others leave the code out: no code, not an account with empty code.
  if (code && code.hex() !== "0x") account.code = fromHex(code.hex());
  if (storage) account.storage = readSlots(storage);
  return account;
}

function readSlots(field: Field): Map<Hex, Hex> {
  const slots = field.entries().map(([text, value]): [Hex, Hex] => {
    if (!/^0x[0-9a-fA-F]{1,64}$/.test(text)) value.fail(`"${text}" is not a storage slot`);
    return [`0x${text.slice(2).toLowerCase().padStart(64, "0")}`, value.word()];
  });
  return new Map(slots.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The original orders addresses by their 64-bit limbs, the least significant limb first. */
function limbOrder(address: Hex): string {
  return address.slice(26, 42) + address.slice(10, 26) + address.slice(2, 10);
}

/**
 * Enters one transaction's prestate into the state.
 * @param seen what is known of the state before the block so far; grows
 */
export function enterPrestate(state: State, seen: TracedState, transaction: TracedState): void {
  const inOrder = [...transaction].sort(([a], [b]) => (limbOrder(a) < limbOrder(b) ? -1 : 1));
  for (const [address, traced] of inOrder) {
    const account = firstMention(seen, address, traced);
    applyOperation(state, {
      op: "set_account_properties",
      address,
      ...(account.balance === undefined ? {} : { balance: account.balance }),
      ...(account.nonce === undefined ? {} : { nonce: account.nonce }),
      ...(account.code === undefined ? {} : { code: account.code }),
    });
    const slots = [...(account.storage ?? [])].sort(([a], [b]) => (a < b ? -1 : 1));
    for (const [key, value] of slots) applyOperation(state, { op: "set_storage_slot", address, key, value });
  }
}

/**
 * Notes that a contract was created in the block: what later traces say of its balance, nonce and code did not exist before.
 * (As in the original, slots that a later transaction mentions are still entered with the value they have then.)
 */
export function enterDeployment(seen: TracedState, address: Hex): void {
  if (!seen.has(address)) seen.set(address, { balance: 0n });
}

function firstMention(seen: TracedState, address: Hex, traced: TracedAccount): TracedAccount {
  let known = seen.get(address);
  if (known === undefined) seen.set(address, (known = {}));
  if (known.balance === undefined && known.nonce === undefined && known.code === undefined) {
    if (traced.balance !== undefined) known.balance = traced.balance;
    known.nonce = traced.nonce ?? 0n; // traces leave a nonce of 0 out
    if (traced.code !== undefined) known.code = traced.code;
  }
  for (const [key, value] of traced.storage ?? []) {
    known.storage ??= new Map();
    if (!known.storage.has(key)) known.storage.set(key, value);
  }
  return known;
}
