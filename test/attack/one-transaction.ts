/** A block of one transaction, from an account with 100 ether, signed. */
import type { BlockBundle } from "../../host/blocks/bundle.ts";
import { type Hex, uintToBytes, uintToHex, ZERO_32 } from "../../host/bytes.ts";
import { MemoryTree } from "../../host/state/memory-tree.ts";
import { State } from "../../host/state/state.ts";
import { addressOf, encode, type Fields, sign } from "../fuzz/block/encode.ts";

const KEY = uintToBytes(1n, 32);
const CHAIN_ID = 37n;
export const address = (value: bigint): Hex => uintToHex(value, 20);

/** @param prepare adds to the state before the block */
export function oneTransaction(fields: Partial<Fields>, prepare: (state: State) => void = () => {}): BlockBundle {
  const state = new State(new MemoryTree());
  const from = addressOf(KEY);
  state.setAccount(from, { ...state.account(from), balance: 10n ** 20n });
  prepare(state);
  const tx: Fields = {
    type: 0,
    from,
    to: address(0x9999n),
    gasLimit: 1_000_000n,
    gasPerPubdata: 0n,
    maxFee: 1000n,
    priorityFee: 1000n,
    paymaster: address(0n),
    nonce: 0n,
    value: 0n,
    reserved: [0n, 0n, 0n, 0n],
    data: new Uint8Array(),
    signature: new Uint8Array(),
    factoryDeps: [],
    paymasterInput: new Uint8Array(),
    reservedDynamic: new Uint8Array(),
    accessList: [],
    ...fields,
  };
  // what comes from L1 has no signature
  if (tx.type < 0xfe) sign(tx, CHAIN_ID, KEY);
  return {
    name: "one transaction",
    context: {
      chainId: CHAIN_ID,
      blockNumber: 1n,
      timestamp: 1n,
      baseFee: 1000n,
      gasPerPubdata: 0n,
      nativePrice: 1n,
      coinbase: address(0n),
      gasLimit: (1n << 56n) - 1n,
      mixHash: ZERO_32,
      blockHashes: Array.from({ length: 256 }, () => ZERO_32),
    },
    transactions: [encode(tx)],
    state,
    expected: { runs: [] },
  };
}
