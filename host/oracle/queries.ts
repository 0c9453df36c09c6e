/**
 * The queries of the oracle protocol: id, name, what the guest sends, what it gets (ZKsync OS
 * `zk_ee/src/system_io_oracle/mod.rs`). One table: the oracle encodes by it, `tape show` decodes by it.
 */
import { TREE_DEPTH } from "../state/tree.ts";
import { decodeFields, type FieldValue, type Layout } from "./layout.ts";

export interface Query {
  readonly id: number;
  readonly name: string;
  /** One line for people. */
  readonly about: string;
  readonly parameters: Layout;
  readonly answer: Layout;
}

export const NEXT_TX_SIZE = 0;
export const TX_CONTENT = 1;
export const INITIAL_IO_DATA = 2;
export const BLOCK_METADATA = 3;
export const INITIAL_STORAGE_SLOT = 4;
export const PREIMAGE = 5;
export const DISCONNECT = 6;
export const PROOF_FOR_INDEX = 7;
export const PREVIOUS_INDEX = 8;
export const EXACT_INDEX = 9;
export const UART = 0xffff_ffff;
/** Our own guest's: an item of the results of a proving image that reports (`guest/stf/system/results.ts`). */
export const RESULT = 0x5750_0200;
/** Our guest's own form of the block metadata: the hashes as bytes (`guest/stf/system/metadata.ts`). */
export const BLOCK_METADATA_BYTES = 0x5750_0101;
/** Forward mode's only: how many bytes a preimage has, which an image finds out by hashing it (`guest/stf/system/preimages.ts`). */
export const PREIMAGE_LENGTH = 0x5750_0102;

/** Queries whose answers state the inputs of a block: another answer makes another statement, and is not a forgery. */
export const INPUT_QUERIES: ReadonlySet<number> = new Set([
  NEXT_TX_SIZE,
  TX_CONTENT,
  INITIAL_IO_DATA,
  BLOCK_METADATA,
  BLOCK_METADATA_BYTES,
]);

/** The block's metadata; ours differs in how hashes are laid out only. */
const blockMetadata = (hash: "u256" | "bytes32"): Layout => [
  ["baseFee", "u256"],
  ["gasPerPubdata", "u256"],
  ["nativePrice", "u256"],
  ["blockNumber", "u64"],
  ["timestamp", "u64"],
  ["chainId", "u64"],
  ["gasLimit", "u64"],
  ["coinbase", "address"],
  ["blockHashes", hash, 256],
  ["mixHash", "u256"],
];

export const QUERIES: readonly Query[] = [
  {
    id: NEXT_TX_SIZE,
    name: "NextTxSize",
    about: "bytes of the next transaction; 0 ends the block",
    parameters: [],
    answer: [["size", "u32"]],
  },
  {
    id: TX_CONTENT,
    name: "NewTxContent",
    about: "the next transaction, ABI encoded",
    parameters: [],
    answer: [["transaction", "bytes"]],
  },
  {
    id: INITIAL_IO_DATA,
    name: "InitializeIOImplementer",
    about: "state commitment before the block",
    parameters: [],
    answer: [
      ["root", "bytes32"],
      ["nextFreeSlot", "u64"],
      ["pubdataDiffsLogHash", "bytes32"],
      ["pubdataDiffsLogs", "u32"],
      ["blockIsCompleted", "bool"],
    ],
  },
  {
    id: BLOCK_METADATA,
    name: "BlockLevelMetadata",
    about: "metadata of the block",
    parameters: [],
    answer: blockMetadata("u256"),
  },
  {
    id: BLOCK_METADATA_BYTES,
    name: "BlockMetadataBytes",
    about: "metadata of the block, its hashes as bytes",
    parameters: [],
    answer: blockMetadata("bytes32"),
  },
  {
    id: INITIAL_STORAGE_SLOT,
    name: "InitialStorageSlotData",
    about: "value of a storage slot before the block",
    parameters: [
      ["address", "address"],
      ["key", "bytes32"],
    ],
    answer: [
      ["isNew", "bool"],
      ["value", "bytes32"],
    ],
  },
  {
    id: PREIMAGE,
    name: "PreimageContentWords",
    about: "bytes with a given Blake2s hash",
    parameters: [["hash", "bytes32"]],
    answer: [["preimage", "bytes"]],
  },
  {
    id: PREIMAGE_LENGTH,
    name: "PreimageLength",
    about: "bytes of the preimage of a hash",
    parameters: [["hash", "bytes32"]],
    answer: [["length", "u32"]],
  },
  { id: DISCONNECT, name: "DisconnectOracle", about: "no more queries", parameters: [], answer: [] },
  {
    id: PROOF_FOR_INDEX,
    name: "ProofForIndex",
    about: "leaf at an index, and its Merkle path",
    parameters: [["index", "u64"]],
    answer: [
      ["index", "u64"],
      ["key", "bytes32"],
      ["value", "bytes32"],
      ["next", "u64"],
      ["path", "bytes32", TREE_DEPTH],
    ],
  },
  {
    id: PREVIOUS_INDEX,
    name: "PrevIndex",
    about: "index of the leaf with the greatest key not above this one",
    parameters: [["key", "bytes32"]],
    answer: [["index", "u64"]],
  },
  {
    id: EXACT_INDEX,
    name: "ExactIndex",
    about: "index of the leaf with this key",
    parameters: [["key", "bytes32"]],
    answer: [["index", "u64"]],
  },
  { id: UART, name: "UART", about: "text for the log", parameters: [["message", "bytes"]], answer: [] },
];

/** Upper half of the ids of our guest's own questions. */
const HINTS = 0x5750;

const BY_ID: ReadonlyMap<number, Query> = new Map(QUERIES.map((query) => [query.id, query]));

export function queryById(id: number): Query | undefined {
  return BY_ID.get(id);
}

export interface DescribedQuery {
  name: string;
  about: string;
  /** Values in the order in which they travel; one `words` field where the words do not fit the query's layout. */
  parameters: [name: string, value: FieldValue | FieldValue[]][];
  answer: [name: string, value: FieldValue | FieldValue[]][];
}

/** A query and its answer (both without their length words) for people: what `tape show` prints. */
export function describeQuery(id: number, parameters: Uint32Array, answer: Uint32Array): DescribedQuery {
  const query = queryById(id);
  const unknown =
    id >>> 16 === HINTS
      ? { name: `hint 0x${id.toString(16)}`, about: "a value that the guest checks (guest/sdk/hints.ts)" }
      : { name: `query 0x${id.toString(16)}`, about: "not a query of ZKsync OS" };
  return {
    name: query?.name ?? unknown.name,
    about: query?.about ?? unknown.about,
    parameters: describeFields(query?.parameters, parameters),
    answer: describeFields(query?.answer, answer),
  };
}

function describeFields(layout: Layout | undefined, words: Uint32Array): [string, FieldValue | FieldValue[]][] {
  const values = layout && decodeFields(layout, words);
  if (layout && values) return layout.map(([name], i) => [name, values[i]]);
  return [["words", [...words].map((word) => BigInt(word))]];
}
