/**
 * The same block in `@ethereumjs/evm`: every transaction as a call or a creation on the block's prestate, value and gas as they are, without signatures, fees,
 * receipts, pubdata or a state tree. So it does less than forward mode does; it is the EVM that TypeScript has.
 */
import { Common, Hardfork, Mainnet } from "@ethereumjs/common";
import { createEVM } from "@ethereumjs/evm";
import { SimpleStateManager } from "@ethereumjs/statemanager";
import { Account, Address, bigIntToBytes, hexToBytes } from "@ethereumjs/util";
import type { EthereumBlock } from "../../host/blocks/block.ts";
import type { BlockBundle } from "../../host/blocks/bundle.ts";

export interface PeerRun {
  milliseconds: number;
  /** transactions whose outcome is that of their receipt; the rest differ for fees, which are not charged here */
  asInReceipts: number;
}

const address = (word: Uint8Array): Address => new Address(word.slice(12, 32));
const integer = (word: Uint8Array): bigint => BigInt(`0x${Buffer.from(word).toString("hex")}`);

/** What a call needs of an ABI-encoded transaction (`guest/stf/bootloader/transaction.ts`). */
function decode(encoded: Uint8Array) {
  const word = (index: number): Uint8Array => encoded.subarray(32 * index, 32 * index + 32);
  const length = Number(integer(word(19)));
  const isCreation = integer(word(11)) !== 0n;
  const data = encoded.slice(640, 640 + length);
  return {
    caller: address(word(1)),
    origin: address(word(1)),
    ...(isCreation ? {} : { to: address(word(2)) }),
    gasLimit: integer(word(3)),
    gasPrice: integer(word(5)),
    nonce: integer(word(8)),
    value: integer(word(9)),
    data,
  };
}

/** Intrinsic gas of Ethereum (EIP-2028, EIP-3860), which `runCall` leaves to its caller. */
function intrinsicGas({ data, to }: ReturnType<typeof decode>): bigint {
  const zeros = data.reduce((sum, byte) => sum + (byte === 0 ? 1 : 0), 0);
  const bytes = BigInt(4 * zeros + 16 * (data.length - zeros));
  return 21_000n + bytes + (to === undefined ? 32_000n + 2n * BigInt(Math.ceil(data.length / 32)) : 0n);
}

export async function runEthereumJs(bundle: BlockBundle, ethereum: EthereumBlock): Promise<PeerRun> {
  const common = new Common({ chain: Mainnet, hardfork: Hardfork.Cancun });
  const state = new SimpleStateManager({ common });
  for (const [at, account] of ethereum.prestate) {
    const who = new Address(hexToBytes(at));
    await state.putAccount(who, new Account(account.nonce ?? 0n, account.balance ?? 0n));
    if (account.code) await state.putCode(who, account.code);
    for (const [key, value] of account.storage ?? []) {
      await state.putStorage(who, hexToBytes(key), bigIntToBytes(BigInt(value)));
    }
  }
  const { context } = bundle;
  const coinbase = new Address(hexToBytes(context.coinbase));
  const header = {
    number: context.blockNumber,
    coinbase,
    timestamp: context.timestamp,
    difficulty: 0n,
    prevRandao: hexToBytes(context.mixHash),
    gasLimit: context.gasLimit,
    baseFeePerGas: context.baseFee,
    getBlobGasPrice: () => 1n,
  };
  const evm = await createEVM({ common, stateManager: state } as unknown as Parameters<typeof createEVM>[0]);
  const transactions = bundle.transactions.map(decode);
  let asInReceipts = 0;
  const start = performance.now();
  for (const [i, transaction] of transactions.entries()) {
    for (const warm of [transaction.caller, transaction.to, coinbase]) {
      if (warm) evm.journal.addAlwaysWarmAddress(warm.toString(), false);
    }
    const { nonce: _, gasLimit, ...call } = transaction;
    const { execResult } = await evm.runCall({
      ...call,
      gasLimit: gasLimit - intrinsicGas(transaction),
      block: { header },
    } as unknown as Parameters<typeof evm.runCall>[0]);
    await evm.journal.cleanup();
    if ((execResult.exceptionError === undefined) === ethereum.receipts?.[i].success) asInReceipts++;
  }
  return { milliseconds: performance.now() - start, asInReceipts };
}
