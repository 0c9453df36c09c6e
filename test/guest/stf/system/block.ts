/**
 * A block's effects on the state, replayed without its transactions: every slot and account that the original asked for is touched, then what changed is
 * changed by calls of io. What comes out of the block's end must be what the original computed.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { BlockBundle } from "../../../../host/blocks/bundle.ts";
import { type Hex, toHex, uintToBytes, uintToHex } from "../../../../host/bytes.ts";
import { OracleDevice } from "../../../../host/oracle/device.ts";
import { Oracle } from "../../../../host/oracle/oracle.ts";
import {
  ACCOUNT_PROPERTIES_ADDRESS,
  type Account,
  accountKey,
  decodeAccount,
  EMPTY_ACCOUNT,
} from "../../../../host/state/account.ts";
import { flatKey } from "../../../../host/state/hash.ts";
import type { StorageWrite } from "../../../../host/state/result.ts";
import { compileGuest, Guest } from "../../../lib/guest.ts";
import { createMachine, Unprovable } from "../../../lib/machine.ts";
import { recordedQueries } from "../../../lib/vectors.ts";

const DRIVER = "test/guest/stf/system/driver.as.ts";
const MAX = 0xffff_ffff_ffff_ffffn;
const NO_EE = 0;
const EVM_EE = 1;

/** U256 slots and a buffer in the program's memory. */
const A = 0x00250000;
const B = A + 32;
const C = A + 64;
const BYTES = A + 256;

/** What the end of a block reports, of the kinds that are compared (`guest/stf/system/results.ts`). */
export interface Reported {
  storageWrites: StorageWrite[];
  preimages: Map<Hex, Hex>;
  pubdata: Hex;
}

export interface Driven {
  guest: Guest;
  reported: Reported;
  device: OracleDevice | undefined;
}

const modules = new Map<string, Promise<WebAssembly.Module>>();

function compiled(proving: boolean, flavour: number): Promise<WebAssembly.Module> {
  const key = `${proving} ${flavour}`;
  let module = modules.get(key);
  if (!module) {
    const bytes = compileGuest(DRIVER, { proving, constants: { FLAVOUR: flavour } });
    modules.set(key, (module = bytes.then((wasm) => WebAssembly.compile(wasm))));
  }
  return module;
}

/** A driver over a block's oracle, or (proving) over a tape. */
export async function drive(
  bundle: BlockBundle,
  proving: boolean,
  flavour: number,
  tape?: Uint32Array,
): Promise<Driven> {
  const oracle = new Oracle(bundle);
  const device = proving ? new OracleDevice(oracle) : undefined;
  const reported: Reported = { storageWrites: [], preimages: new Map(), pubdata: "0x" };
  let memory: WebAssembly.Memory;
  const { state, imports } = createMachine(() => memory);
  let read = 0;
  const windproof = {
    ...imports,
    tape_write: (word: number) => tape ?? device!.write(word >>> 0),
    tape_read: () => {
      const word = tape ? (tape[read++] ?? -1) : device!.read();
      if (word < 0) throw new Unprovable();
      return word;
    },
    oracle_query(id: number, parameters: number, count: number, answer: number, capacity: number): number {
      const words = oracle.answer(id >>> 0, new Uint32Array(memory.buffer, parameters, count).slice());
      if (words.length > capacity) throw new Error(`query ${id}: ${words.length} words do not fit ${capacity}`);
      new Uint32Array(memory.buffer, answer, words.length).set(words);
      return words.length;
    },
    result: (kind: number, pointer: number, length: number) =>
      report(reported, kind, new Uint8Array(memory.buffer, pointer, length).slice()),
    internal_error: (reason: number) => {
      throw new Error(`internal error ${reason}`);
    },
  };
  const env = { abort: () => {} };
  const instance = await WebAssembly.instantiate(await compiled(proving, flavour), { windproof, env });
  memory = instance.exports.memory as WebAssembly.Memory;
  // a proving image has all of its memory from the start
  if (proving) memory.grow(12_000);
  return { guest: new Guest(instance, state), reported, device };
}

let lastHash: Hex = "0x";

function report(to: Reported, kind: number, item: Uint8Array): void {
  const number = (at: number, bytes: number) => toHex(item.slice(at, at + bytes).reverse());
  if (kind === 8) {
    const flatKey = toHex(item.slice(64, 96));
    to.storageWrites.push({ account: number(0, 20), accountKey: number(32, 32), flatKey, value: number(96, 32) });
  } else if (kind === 9) {
    lastHash = toHex(item.slice(0, 32));
  } else if (kind === 10) {
    to.preimages.set(lastHash, toHex(item));
  } else if (kind === 11) {
    to.pubdata = toHex(item);
  }
}

/** Makes the block's changes and ends it. */
export function replay({ guest }: Driven, bundle: BlockBundle, folder: string): void {
  const proof = JSON.parse(readFileSync(join(folder, "proof.json"), "utf8")) as {
    commitments: Record<"block_hash" | "l1_to_l2_txs_hash_blake2s" | "upgrade_tx_hash", Hex>;
  };
  const result = bundle.expected.result!;
  const pubdata = toHex(result.pubdata);
  guest.call("begin");
  guest.call("beginTx");
  guest.call("setResources", MAX, MAX);
  for (const { id, parameters } of recordedQueries(folder) ?? []) {
    if (id !== 4) continue;
    const words = new Uint8Array(parameters.slice().buffer);
    guest.writeNumber(A, BigInt(toHex(words.slice(0, 24).reverse())));
    guest.writeNumber(B, BigInt(toHex(words.slice(24, 56))));
    const [address, key] = [guest.readNumber(A), guest.readNumber(B)];
    // what only a frame touched that was rolled back is not told in pubdata
    const isKept = pubdata.includes(flatKey(uintToHex(address, 20), uintToHex(key, 32)).slice(2));
    const frame = guest.call("startFrame");
    if (address === BigInt(ACCOUNT_PROPERTIES_ADDRESS)) expectOk(guest.call("touchAccount", NO_EE, B, 0));
    else expectOk(guest.call("storageTouch", NO_EE, A, B, 0));
    guest.call("finishFrame", frame, isKept ? 0 : 1);
  }
  const published = new Map(result.publishedPreimages.map(({ hash, bytes }) => [hash, bytes]));
  for (const { account, accountKey: key, value } of result.storageWrites) {
    guest.writeNumber(A, BigInt(account));
    guest.writeNumber(B, BigInt(key));
    guest.writeNumber(C, BigInt(value));
    if (BigInt(account) === BigInt(ACCOUNT_PROPERTIES_ADDRESS)) {
      changeAccount(guest, bundle, key, decodeAccount(published.get(value)!), published);
    } else {
      expectOk(guest.call("storageWrite", NO_EE, A, B, C));
    }
  }
  let transaction = 0;
  for (const log of result.transactions.flatMap((item) => (item.status === "invalid" ? [] : item.l2ToL1Logs))) {
    for (; transaction < log.transactionNumber; transaction++) guest.call("finishTx");
    guest.writeNumber(A, BigInt(log.key));
    guest.write(B, uintToBytes(BigInt(log.key), 32));
    if (log.message === undefined) {
      guest.call("emitL1TxLog", B, BigInt(log.value) === 1n ? 1 : 0);
    } else {
      const message = Buffer.from(log.message.slice(2), "hex");
      guest.write(BYTES + 1, message);
      expectOk(guest.call("emitL1Message", A, BYTES + 1, message.length, C));
    }
  }
  const { block_hash, l1_to_l2_txs_hash_blake2s, upgrade_tx_hash } = proof.commitments;
  guest.write(A, uintToBytes(BigInt(block_hash), 32));
  guest.write(B, uintToBytes(BigInt(l1_to_l2_txs_hash_blake2s), 32));
  guest.write(C, uintToBytes(BigInt(upgrade_tx_hash), 32));
  guest.call("finish", A, B, C);
}

/** Brings an account from what it was before the block to `final`: nonce, balance, code. The address is at B. */
function changeAccount(
  guest: Guest,
  bundle: BlockBundle,
  key: Hex,
  final: Account,
  published: Map<Hex, Uint8Array>,
): void {
  const hash = bundle.state.tree.value(accountKey(`0x${key.slice(26)}`));
  const initial = hash === undefined ? EMPTY_ACCOUNT : decodeAccount(bundle.state.preimages.get(hash)!);
  if (final.nonce !== initial.nonce) expectOk(guest.call("incrementNonce", NO_EE, B, final.nonce - initial.nonce));
  const diff = final.balance - initial.balance;
  guest.writeNumber(C, diff < 0n ? -diff : diff);
  if (diff) expectOk(guest.call("updateBalance", NO_EE, B, C, diff < 0n ? 1 : 0));
  if (final.versioning === initial.versioning) return;
  const code = published.get(final.bytecodeHash);
  if (code) {
    guest.write(BYTES, code);
    guest.call("setResources", MAX, MAX);
    expectOk(guest.call("deployCode", EVM_EE, B, BYTES, code.length));
    guest.call("setResources", MAX, MAX);
  } else {
    guest.write(BYTES, uintToBytes(BigInt(final.bytecodeHash), 32));
    guest.write(BYTES + 32, uintToBytes(BigInt(final.observableBytecodeHash), 32));
    const { bytecodeLength, artifactsLength, observableBytecodeLength } = final;
    expectOk(
      guest.call("setBytecodeDetails", B, BYTES, bytecodeLength, artifactsLength, BYTES + 32, observableBytecodeLength),
    );
  }
}

export function expectOk(status: number): void {
  if (status !== 0) throw new Error(`io answered with status ${status}`);
}

/** The public input that a finished guest left, as bytes in the registers' order. */
export function publicInput(guest: Guest): Hex | undefined {
  const words = guest.state.output;
  return words && toHex(new Uint8Array(Uint32Array.from(words).buffer));
}
