/**
 * The JSON-RPC form of a block bundle: answers of an Ethereum node for one block, as they come (the whole answer or only its
 * `result`), turned into ZKsync OS's input exactly as the original's block runner does (`tests/instances/eth_runner/src/`).
 *
 * | file | method | |
 * |---|---|---|
 * | `block.json` | `eth_getBlockByNumber`, full transactions | needed |
 * | `prestatetrace.json` | `debug_traceBlockByNumber`, `prestateTracer` | needed |
 * | `calltrace.json` | `debug_traceBlockByNumber`, `callTracer` | finds contracts created in the block, and calls of precompiles that ZKsync OS lacks |
 * | `receipts.json` | `eth_getBlockReceipts` | for the post-check |
 * | `difftrace.json` | `debug_traceBlockByNumber`, `prestateTracer` with `diffMode` | for the post-check |
 * | `block_hashes.json` | list of `{number, hash}` | answers of BLOCKHASH; 0 without it |
 * | `zksync-os.json` | – | what the original's binaries compute for the block |
 */
import { basename, join, resolve } from "node:path";
import { type Hex, uintToHex, ZERO_32 } from "../bytes.ts";
import { MemoryTree } from "../state/memory-tree.ts";
import { type Placement, State } from "../state/state.ts";
import type { BlockBundle, BlockContext, EthereumBlock, EthereumReceipt } from "./block.ts";
import { type Field, readDocument, readOptionalDocument } from "./document.ts";
import { readLogs, readRuns } from "./explicit.ts";
import { enterDeployment, enterPrestate, readTracedState, type TracedState } from "./prestate.ts";
import { encodeTransaction, readRpcTransaction, SUPPORTED_TYPES } from "./transaction.ts";

const NEXT =
  "take the block again from a node that answers these methods; host/blocks/README.md lists files and methods";

export interface RpcOptions {
  /** Chain id; without it the one that the transactions are signed for, else 1. */
  chainId?: bigint;
  /** Where each leaf goes, by flat key; without it leaves are appended. */
  placement?: Placement;
}

export function readRpcBundle(folder: string, options: RpcOptions = {}): BlockBundle {
  const read = (name: string) => answer(readDocument(join(folder, name), NEXT));
  const readOptional = (name: string) => {
    const document = readOptionalDocument(join(folder, name), NEXT);
    return document && answer(document);
  };
  const block = read("block.json");
  const transactions = block.get("transactions").items();
  const traces = (field: Field | undefined) => field && perTransaction(field, transactions.length).map(traceResult);
  const calls = traces(readOptional("calltrace.json"));
  const diffs = traces(readOptional("difftrace.json"));
  const receipts = readOptional("receipts.json");
  const prestates = traces(read("prestatetrace.json"))!;

  const skipped = transactions.flatMap((tx, position) => {
    const reason = reasonToSkip(tx, calls?.[position]);
    return reason === undefined ? [] : [{ position, reason }];
  });
  const isSkipped = new Set(skipped.map(({ position }) => position));
  const positions = transactions.map((_, position) => position).filter((position) => !isSkipped.has(position));

  const state = new State(new MemoryTree(), new Map(), options.placement);
  const prestate: TracedState = new Map();
  for (const position of positions) {
    enterPrestate(state, prestate, readTracedState(prestates[position]));
    for (const address of deployments(calls?.[position], diffs?.[position])) enterDeployment(prestate, address);
  }

  const ethereum: EthereumBlock = { miner: block.get("miner").hex(20), positions, skipped, prestate };
  if (receipts) {
    const all = perTransaction(receipts, transactions.length);
    ethereum.receipts = positions.map((position) => readReceipt(all[position]));
  }
  if (diffs) {
    ethereum.diffs = positions.map((position) => ({
      pre: readTracedState(diffs[position].get("pre")),
      post: readTracedState(diffs[position].get("post")),
    }));
  }
  const original = readOptional("zksync-os.json");
  const taken = positions.map((position) => transactions[position]);
  return {
    name: basename(resolve(folder)),
    context: readContext(block, options.chainId ?? chainIdOf(taken), readOptional("block_hashes.json")),
    transactions: taken.map((tx) => encodeTransaction(readRpcTransaction(tx))),
    state,
    expected: { runs: original ? readRuns(original) : [] },
    ethereum,
  };
}

/** The `result` of a JSON-RPC answer; a document that is not an answer is the result itself. */
function answer(document: Field): Field {
  if (typeof document.value !== "object" || document.value === null || Array.isArray(document.value)) return document;
  const error = document.optional("error");
  if (error) error.fail(`the node answered with an error: ${JSON.stringify(error.value)}`);
  return "result" in document.value ? document.get("result") : document;
}

function perTransaction(list: Field, count: number): Field[] {
  const items = list.items();
  return items.length === count ? items : list.fail(`${items.length} entries for a block of ${count} transactions`);
}

function traceResult(item: Field): Field {
  const error = item.optional("error");
  if (error) error.fail(`the node could not trace this transaction: ${JSON.stringify(error.value)}`);
  return item.get("result");
}

/** Blake2f and KZG point evaluation: precompiles of Ethereum that ZKsync OS does not have. */
const UNSUPPORTED_PRECOMPILES = new Map([
  ["0x0000000000000000000000000000000000000009", "blake2f"],
  ["0x000000000000000000000000000000000000000a", "KZG point evaluation"],
]);

function reasonToSkip(tx: Field, call: Field | undefined): string | undefined {
  const type = tx.optional("type")?.uint(8) ?? 0n;
  if (!SUPPORTED_TYPES.has(type)) return `transactions of type ${type} do not exist on ZKsync OS`;
  const precompile = call && unsupportedCall(call);
  return precompile && `it calls the precompile ${precompile}, which ZKsync OS lacks`;
}

function unsupportedCall(call: Field): string | undefined {
  for (const { to } of callsOf(call)) {
    const name = to && UNSUPPORTED_PRECOMPILES.get(to);
    if (name) return name;
  }
  return undefined;
}

interface Call {
  type?: string;
  to?: Hex;
  failed: boolean;
}

/** All calls of a trace, outermost first. (With a stack of its own: a trace may be nested as deep as its author likes.) */
function callsOf(trace: Field): Call[] {
  const calls: Call[] = [];
  const waiting = [trace];
  for (let call = waiting.pop(); call !== undefined; call = waiting.pop()) {
    const [type, to] = [call.optional("type")?.string(), call.optional("to")?.hex(20)];
    calls.push({ ...(type ? { type } : {}), ...(to ? { to } : {}), failed: call.optional("error") !== undefined });
    waiting.push(...(call.optional("calls")?.items() ?? []).reverse());
  }
  return calls;
}

/** Contracts that a transaction creates: from its call trace, or without one from code that appears in its state diff. */
function deployments(call: Field | undefined, diff: Field | undefined): Hex[] {
  if (call) return createdIn(call);
  if (!diff) return [];
  const pre = readTracedState(diff.get("pre"));
  const post = readTracedState(diff.get("post"));
  return [...post].filter(([address, { code }]) => code && !pre.get(address)?.code).map(([address]) => address);
}

function createdIn(trace: Field): Hex[] {
  return callsOf(trace).flatMap(({ type, to, failed }) =>
    (type === "CREATE" || type === "CREATE2") && to && !failed ? [to] : [],
  );
}

function readReceipt(receipt: Field): EthereumReceipt {
  return {
    transactionHash: receipt.get("transactionHash").hex(32),
    from: receipt.get("from").hex(20),
    effectiveGasPrice: receipt.optional("effectiveGasPrice")?.uint(128) ?? 0n,
    success: receipt.get("status").uint(8) === 1n,
    gasUsed: receipt.get("gasUsed").uint(64),
    logs: readLogs(receipt.get("logs")),
  };
}

function chainIdOf(transactions: Field[]): bigint {
  let chainId: bigint | undefined;
  for (const tx of transactions) {
    const own = tx.optional("chainId");
    if (!own) continue;
    const value = own.uint(64);
    if (chainId !== undefined && value !== chainId) own.fail(`chain id ${value}, but others are signed for ${chainId}`);
    chainId = value;
  }
  return chainId ?? 1n;
}

/** As the original: no pubdata price, and native resource at a hundredth of the base fee. */
function readContext(block: Field, chainId: bigint, blockHashes: Field | undefined): BlockContext {
  const baseFee = block.optional("baseFeePerGas")?.uint(256) ?? 1000n;
  const blockNumber = block.get("number").positive(64);
  return {
    chainId,
    blockNumber,
    timestamp: block.get("timestamp").uint(64),
    baseFee,
    gasPerPubdata: 0n,
    nativePrice: baseFee / 100n,
    coinbase: block.get("miner").hex(20),
    gasLimit: block.get("gasLimit").uint(64),
    mixHash: block.optional("mixHash")?.hex(32) ?? uintToHex(1n, 32),
    blockHashes: readBlockHashes(blockHashes, blockNumber),
  };
}

function readBlockHashes(list: Field | undefined, blockNumber: bigint): Hex[] {
  const hashes: Hex[] = Array(256).fill(ZERO_32);
  for (const entry of list?.items() ?? []) {
    const age = blockNumber - entry.get("number").uint(64);
    if (age >= 1n && age <= 256n) hashes[Number(age) - 1] = entry.get("hash").hex(32);
  }
  return hashes;
}
