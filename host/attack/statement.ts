/**
 * The statement that a run makes: block metadata, transactions and the state commitment before the block are inputs, for whoever verifies the proof
 * knows their hash. A tape with other inputs makes another statement, and the only public input it may lead to is that statement's honest one.
 */
import type { BlockBundle, BlockContext } from "../blocks/block.ts";
import { type Hex, uintToHex, wordsToBytes } from "../bytes.ts";
import { runForward, UnprovableBlock } from "../forward/run.ts";
import { decodeFields } from "../oracle/layout.ts";
import { Oracle } from "../oracle/oracle.ts";
import {
  BLOCK_METADATA,
  BLOCK_METADATA_BYTES,
  INITIAL_IO_DATA,
  INITIAL_STORAGE_SLOT,
  NEXT_TX_SIZE,
  queryById,
  TX_CONTENT,
} from "../oracle/queries.ts";
import type { StorageWrite } from "../state/result.ts";
import { commitmentOf, type StateCommitment, type StateTree } from "../state/tree.ts";
import { forwardModule, type StfOptions } from "../stf/build.ts";
import { publicInputOf } from "../stf/forward-block.ts";

/** A query of the guest and the words that it read for it, without their count. */
export interface ReadQuery {
  id: number;
  words: Uint32Array;
}

export interface Statement {
  context: BlockContext;
  transactions: Uint8Array[];
  before: StateCommitment;
  /** whether the run read any storage: then it had to verify the commitment */
  readsState: boolean;
}

/** A hash in the form of the bundle: the original's query gives it as a number, our guest's as bytes. */
const asHash = (value: bigint | Hex): Hex => (typeof value === "bigint" ? uintToHex(value, 32) : value);

/** The fields of the metadata query, in its order. */
function contextOf(fields: unknown[]): BlockContext {
  const [baseFee, gasPerPubdata, nativePrice, blockNumber, timestamp, chainId, gasLimit] = fields as bigint[];
  const [coinbase, blockHashes, mixHash] = fields.slice(7) as [Hex, (bigint | Hex)[], bigint | Hex];
  return {
    baseFee,
    gasPerPubdata,
    nativePrice,
    blockNumber,
    timestamp,
    chainId,
    gasLimit,
    coinbase,
    blockHashes: blockHashes.map(asHash),
    mixHash: asHash(mixHash),
  };
}

/** What a run read, as a statement; undefined where an input does not even have its size. */
export function statementOf(queries: readonly ReadQuery[]): Statement | undefined {
  const fieldsOf = (id: number): unknown[] | undefined => {
    const query = queries.find((read) => read.id === id);
    return query && decodeFields(queryById(id)!.answer, query.words);
  };
  const metadata = fieldsOf(BLOCK_METADATA_BYTES) ?? fieldsOf(BLOCK_METADATA);
  const initial = fieldsOf(INITIAL_IO_DATA);
  if (!metadata || !initial) return undefined;
  const [root, nextFreeSlot] = initial as [Hex, bigint];
  const context = contextOf(metadata);
  const sizes = queries.filter(({ id }) => id === NEXT_TX_SIZE).map(({ words }) => words[0]);
  const contents = queries.filter(({ id }) => id === TX_CONTENT);
  const transactions = contents.map(({ words }, i) => wordsToBytes(words).slice(0, sizes[i]));
  const readsState = queries.some(({ id }) => id === INITIAL_STORAGE_SLOT);
  return { context, transactions, before: { root, nextFreeSlot }, readsState };
}

/** The commitment after the writes where new leaves go from `nextFreeSlot` on; undefined where a leaf is already there. */
function commitmentAfter(
  tree: StateTree,
  writes: readonly StorageWrite[],
  nextFreeSlot: bigint,
): StateCommitment | undefined {
  const after = tree.clone();
  let next = nextFreeSlot;
  for (const { flatKey, value } of writes) {
    if (after.indexOf(flatKey) === undefined) {
      if (after.leaf(next).key !== uintToHex(0n, 32)) return undefined;
      after.set(flatKey, value, next++);
    } else {
      after.set(flatKey, value);
    }
  }
  return { root: after.root(), nextFreeSlot: next };
}

/**
 * The honest public input of a statement about a block's state, or undefined where there is none: the run must stop then.
 */
export async function honestPublicInput(
  bundle: BlockBundle,
  statement: Statement,
  options: StfOptions,
): Promise<Hex | undefined> {
  const tree = bundle.state.tree;
  const sameRoot = statement.before.root === commitmentOf(tree).root;
  if (!sameRoot && statement.readsState) return undefined;
  const { context, transactions, before } = statement;
  try {
    const oracle = new Oracle({ ...bundle, context, transactions });
    const { result } = await runForward(await forwardModule(options), oracle);
    const after = sameRoot ? commitmentAfter(tree, result.storageWrites, before.nextFreeSlot) : before;
    return after && publicInputOf(options.flavour, { context, transactions, before, after, result });
  } catch (error) {
    if (error instanceof UnprovableBlock) return undefined;
    throw error;
  }
}
