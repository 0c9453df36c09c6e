/**
 * Post-check of an Ethereum block: what ZKsync OS made of it against the receipts and the state diff of its own chain, as the
 * original's block runner does it (`tests/instances/eth_runner/src/post_check.rs`).
 *
 * Some differences are ZKsync OS's design. They are let through, but each is reported by name (`DEVIATIONS`).
 */
import { type Hex, toHex, ZERO_32 } from "../bytes.ts";
import { ACCOUNT_PROPERTIES_ADDRESS, decodeAccount, EMPTY_ACCOUNT } from "../state/account.ts";
import type { BlockResult, ExecutedTransaction } from "../state/result.ts";
import type { EthereumBlock, EthereumReceipt } from "./block.ts";
import type { TracedAccount, TracedState } from "./prestate.ts";

/** Differences that are expected, and why. */
export const DEVIATIONS = {
  "skipped-transaction": "ZKsync OS does not have what the transaction needs, so it was left out of the block",
  "no-refund": "ZKsync OS gives no EVM gas refunds (EIP-3529): the sender pays for the gas that Ethereum gives back",
  "fee-of-refund": "the sender's balance differs by the price of the gas that Ethereum gave back",
  balance: "balances may differ where fees do, and where contracts move what is left after fees",
  "miner-balance":
    "ZKsync OS pays the base fee to the coinbase, Ethereum burns it; the miner's account is not compared",
  "empty-account":
    "an account that self-destructed in the transaction of its creation leaves an empty write, and no Ethereum diff",
} as const;

export type Deviation = keyof typeof DEVIATIONS;

export interface EthereumFinding {
  /** Name of an expected deviation; absent: the results disagree. */
  deviation?: Deviation;
  /** Position in the Ethereum block, where it is about one transaction. */
  transaction?: number;
  address?: Hex;
  message: string;
}

export interface EthereumCheck {
  /** No finding but expected deviations. */
  agrees: boolean;
  /** What could not be checked, for want of the file. */
  unchecked: ("receipts" | "state diff")[];
  findings: EthereumFinding[];
}

export function checkEthereum(block: EthereumBlock, result: BlockResult): EthereumCheck {
  const findings: EthereumFinding[] = block.skipped.map(({ position, reason }) => ({
    deviation: "skipped-transaction",
    transaction: position,
    message: reason,
  }));
  if (result.transactions.length !== block.positions.length) {
    const [ours, theirs] = [result.transactions.length, block.positions.length];
    findings.push({ message: `${ours} transactions have results, the block has ${theirs}` });
  }
  if (block.receipts) findings.push(...checkReceipts(block, block.receipts, result));
  if (block.diffs) findings.push(...checkState(block, result));
  const unchecked: EthereumCheck["unchecked"] = [];
  if (!block.receipts) unchecked.push("receipts");
  if (!block.diffs) unchecked.push("state diff");
  return { agrees: findings.every(({ deviation }) => deviation !== undefined), unchecked, findings };
}

function checkReceipts(block: EthereumBlock, receipts: EthereumReceipt[], result: BlockResult): EthereumFinding[] {
  return receipts.flatMap((receipt, i) => {
    const found = (message: string, deviation?: Deviation): EthereumFinding => ({
      ...(deviation ? { deviation } : {}),
      transaction: block.positions[i],
      message,
    });
    const ours = result.transactions[i];
    if (ours === undefined) return [];
    if (ours.status === "invalid") return [found(`refused as invalid: ${ours.validationError}`)];
    const theirs = receipt.success ? "success" : "revert";
    if (ours.status !== theirs) return [found(`${ours.status}, on Ethereum ${theirs}`)];
    return [...checkGas(ours, receipt, found), ...checkLogs(ours, receipt, found)];
  });
}

type Report = (message: string, deviation?: Deviation) => EthereumFinding;

function checkGas(ours: ExecutedTransaction, receipt: EthereumReceipt, found: Report): EthereumFinding[] {
  const difference = ours.gasUsed - receipt.gasUsed;
  if (difference === 0n) return [];
  const message = `gas used ${ours.gasUsed}, on Ethereum ${receipt.gasUsed}`;
  return [found(message, isRefund(ours.gasUsed, difference) ? "no-refund" : undefined)];
}

/**
 * Whether a difference in gas can be a refund: refunds come from SSTORE only, in amounts of 19900, 4800 and 2800, and are
 * capped at a fifth of the gas used.
 */
export function isRefund(gasUsed: bigint, difference: bigint): boolean {
  const size = difference < 0n ? -difference : difference;
  if (gasUsed / 5n === size) return true;
  if (size % 100n !== 0n) return false;
  const hundreds = Number(size / 100n); // = 199a + 48b + 28c
  for (let a = 0; 199 * a <= hundreds; a++) {
    for (let b = 0; 199 * a + 48 * b <= hundreds; b++) {
      if ((hundreds - 199 * a - 48 * b) % 28 === 0) return true;
    }
  }
  return false;
}

function checkLogs(ours: ExecutedTransaction, receipt: EthereumReceipt, found: Report): EthereumFinding[] {
  if (ours.logs.length !== receipt.logs.length) {
    return [found(`${ours.logs.length} logs, on Ethereum ${receipt.logs.length}`)];
  }
  return ours.logs.flatMap((log, i) => {
    const other = receipt.logs[i];
    if (log.address !== other.address) return [found(`log ${i} is of ${log.address}, on Ethereum of ${other.address}`)];
    if (log.topics.join() !== other.topics.join()) {
      return [found(`log ${i} has topics ${log.topics.join(" ")}, on Ethereum ${other.topics.join(" ")}`)];
    }
    return log.data === other.data ? [] : [found(`log ${i} has data ${log.data}, on Ethereum ${other.data}`)];
  });
}

function checkState(block: EthereumBlock, result: BlockResult): EthereumFinding[] {
  const theirs = changesOnly(ethereumChanges(block), block.prestate);
  const ours = changesOnly(ourChanges(result), block.prestate);
  const fees = unrefundedFees(block, result);
  const findings: EthereumFinding[] = [];
  for (const [address, account] of theirs) {
    const own = ours.get(address);
    if (own) findings.push(...compareAccount(address, own, account, fees.get(address) ?? 0n));
    else findings.push({ address, message: `Ethereum changed ${describe(account)}, ZKsync OS did not` });
  }
  for (const [address, own] of ours) {
    if (theirs.has(address)) continue;
    if (address === block.miner) {
      findings.push({ deviation: "miner-balance", address, message: `changed ${describe(own)}` });
    } else if (isLeftEmpty(own) && isDeployable(block.prestate.get(address))) {
      findings.push({ deviation: "empty-account", address, message: "written empty" });
    } else findings.push({ address, message: `ZKsync OS changed ${describe(own)}, Ethereum did not` });
  }
  return findings;
}

/** What senders pay more than on Ethereum, where receipts tell the gas price. */
function unrefundedFees(block: EthereumBlock, result: BlockResult): Map<Hex, bigint> {
  const fees = new Map<Hex, bigint>();
  block.receipts?.forEach(({ from, effectiveGasPrice, gasUsed }, i) => {
    const ours = result.transactions[i];
    if (ours === undefined || ours.status === "invalid") return;
    fees.set(from, (fees.get(from) ?? 0n) + (ours.gasUsed - gasUsed) * effectiveGasPrice);
  });
  return fees;
}

function compareAccount(address: Hex, own: TracedAccount, theirs: TracedAccount, fees: bigint): EthereumFinding[] {
  const findings: EthereumFinding[] = [];
  const differs = (what: string, ours: unknown, other: unknown) =>
    findings.push({ address, message: `${what} is ${ours}, on Ethereum ${other}` });
  if (theirs.balance !== undefined && theirs.balance !== own.balance) {
    const deviation = fees !== 0n && theirs.balance - fees === own.balance ? "fee-of-refund" : "balance";
    const message = `balance is ${own.balance ?? "unchanged"}, on Ethereum ${theirs.balance}`;
    findings.push({ deviation, address, message });
  }
  if (theirs.nonce !== undefined && theirs.nonce !== own.nonce)
    differs("nonce", own.nonce ?? "unchanged", theirs.nonce);
  if (theirs.code !== undefined && !sameBytes(theirs.code, own.code)) {
    differs("code", own.code ? toHex(own.code) : "unchanged", toHex(theirs.code));
  }
  if (theirs.storage === undefined) return findings;
  for (const [key, value] of theirs.storage) {
    const ours = own.storage?.get(key);
    if (ours !== value) differs(`slot ${key}`, ours ?? "unchanged", value);
  }
  for (const [key, value] of own.storage ?? []) {
    // State diffs do not show slots that are cleared.
    if (value !== ZERO_32 && !theirs.storage.has(key)) differs(`slot ${key}`, value, "unchanged");
  }
  return findings;
}

/** The state diffs of all transactions, one over the other; the miner's account is not in it. */
function ethereumChanges(block: EthereumBlock): TracedState {
  const changes: TracedState = new Map();
  for (const { pre, post } of block.diffs ?? []) {
    for (const [address, account] of post) {
      if (address === block.miner) continue;
      const { storage, ...properties } = account;
      const change = Object.assign(changes.get(address) ?? {}, properties);
      changes.set(address, change);
      const cleared = [...(pre.get(address)?.storage?.keys() ?? [])].filter((key) => !storage?.has(key));
      change.storage = new Map([
        ...(change.storage ?? []),
        ...cleared.map((key) => [key, ZERO_32] as const),
        ...(storage ?? []),
      ]);
    }
  }
  return changes;
}

function ourChanges(result: BlockResult): TracedState {
  const preimages = new Map(result.publishedPreimages.map(({ hash, bytes }) => [hash, bytes]));
  const changes: TracedState = new Map();
  const changeOf = (address: Hex) => {
    let change = changes.get(address);
    if (change === undefined) changes.set(address, (change = {}));
    return change;
  };
  for (const { account, accountKey, value } of result.storageWrites) {
    if (account !== ACCOUNT_PROPERTIES_ADDRESS) {
      const change = changeOf(account);
      change.storage ??= new Map();
      change.storage.set(accountKey, value);
      continue;
    }
    const address: Hex = `0x${accountKey.slice(26)}`;
    if (address === BOOTLOADER_ADDRESS) continue;
    const encoding = preimages.get(value);
    const properties = encoding ? decodeAccount(encoding) : EMPTY_ACCOUNT;
    const change = changeOf(address);
    change.balance = properties.balance;
    change.nonce = properties.nonce;
    const code = preimages.get(properties.bytecodeHash);
    if (code) change.code = code;
  }
  return changes;
}

/** Formal address of the bootloader: fees pass through it. */
const BOOTLOADER_ADDRESS: Hex = "0x0000000000000000000000000000000000008001";

/** Drops what is as it was before the block, and accounts of which nothing is left. */
function changesOnly(changes: TracedState, before: TracedState): TracedState {
  const out: TracedState = new Map();
  for (const [address, change] of changes) {
    const known = before.get(address);
    const rest: TracedAccount = {};
    if (change.balance !== undefined && change.balance !== known?.balance) rest.balance = change.balance;
    if (change.nonce !== undefined && change.nonce !== (known && (known.nonce ?? 0n))) rest.nonce = change.nonce;
    if (change.code && !(known && sameBytes(change.code, known.code ?? new Uint8Array()))) rest.code = change.code;
    const slots = [...(change.storage ?? [])].filter(([key, value]) => value !== (known?.storage?.get(key) ?? ZERO_32));
    if (slots.length > 0) rest.storage = new Map(slots);
    if (Object.keys(rest).length > 0) out.set(address, rest);
  }
  return out;
}

function isLeftEmpty({ balance, nonce, code, storage }: TracedAccount): boolean {
  return (balance ?? 0n) === 0n && (nonce ?? 0n) === 0n && (code?.length ?? 0) === 0 && (storage?.size ?? 0) === 0;
}

function isDeployable(before: TracedAccount | undefined): boolean {
  return isLeftEmpty({ ...before, balance: 0n });
}

function sameBytes(a: Uint8Array, b: Uint8Array | undefined): boolean {
  return b !== undefined && a.length === b.length && a.every((byte, i) => byte === b[i]);
}

function describe(account: TracedAccount): string {
  const { storage, ...properties } = account;
  const names = Object.keys(properties);
  if (storage) names.push(`${storage.size} slot${storage.size === 1 ? "" : "s"}`);
  return names.join(", ");
}
