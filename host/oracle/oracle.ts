/**
 * The oracle: answers every query of a guest from a block bundle, as the original's forward oracle does
 * (`forward_system/src/run/oracle.rs`), for our guest and the original's binaries alike.
 *
 * This is the call-level form (query → words), which forward mode uses as it is; `device.ts` serves it word by word to a guest
 * under the emulator. An oracle has state (which transaction is next), so each run takes a new one. The bundle is not changed.
 */

import { InputError } from "../../errors.ts";
import type { BlockBundle } from "../blocks/block.ts";
import { bytesToWords, type Hex, ZERO_32 } from "../bytes.ts";
import { blake2sHex } from "../state/hash.ts";
import { commitmentOf } from "../state/tree.ts";
import { answerHint, isHint } from "./hints.ts";
import { decodeFields, encodeFields, type FieldValue, type GivenValue } from "./layout.ts";
import * as q from "./queries.ts";
import { answerTreeBatch, TREE_BATCH } from "./tree-hints.ts";

export interface OracleOptions {
  /** Gets what the guest writes to its log. */
  onUart?: (text: string) => void;
  /** Gets the results that a reporting proving image hands over (`guest/stf/system/results.ts`). */
  onResult?: (kind: number, item: Uint8Array) => void;
}

const NO_WORDS = new Uint32Array();

export class Oracle {
  readonly #bundle: BlockBundle;
  readonly #options: OracleOptions;
  #transactionsTaken = 0;
  #initialDataTaken = false;

  constructor(bundle: BlockBundle, options: OracleOptions = {}) {
    this.#bundle = bundle;
    this.#options = options;
  }

  /**
   * The words of the answer, without their count.
   * @throws InputError when there is no such query, its parameters have another size, or the bundle does not know the answer
   */
  answer(id: number, parameters: Uint32Array): Uint32Array {
    const handler = this.#handlers.get(id);
    if (handler) return handler(parameters);
    if (isHint(id)) return this.#hint(id, parameters);
    return this.#fail(id, "the oracle has no such query", "check that the guest is one for ZKsync OS at this version");
  }

  readonly #handlers = new Map<number, (parameters: Uint32Array) => Uint32Array>([
    [q.NEXT_TX_SIZE, (parameters) => this.#nextTransactionSize(parameters)],
    [q.TX_CONTENT, () => this.#transactionContent()],
    [q.INITIAL_IO_DATA, (parameters) => this.#initialData(parameters)],
    [q.BLOCK_METADATA, (parameters) => this.#blockMetadata(q.BLOCK_METADATA, parameters)],
    [q.BLOCK_METADATA_BYTES, (parameters) => this.#blockMetadata(q.BLOCK_METADATA_BYTES, parameters)],
    [q.INITIAL_STORAGE_SLOT, (parameters) => this.#storageSlot(parameters)],
    [q.PREIMAGE, (parameters) => bytesToWords(this.#preimage(q.PREIMAGE, parameters))],
    [q.PREIMAGE_LENGTH, (parameters) => this.#preimageLength(parameters)],
    [q.DISCONNECT, () => NO_WORDS],
    [q.PROOF_FOR_INDEX, (parameters) => this.#proof(parameters)],
    [q.PREVIOUS_INDEX, (parameters) => this.#previousIndex(parameters)],
    [q.EXACT_INDEX, (parameters) => this.#exactIndex(parameters)],
    [q.UART, (parameters) => this.#uart(parameters)],
    [q.RESULT, (parameters) => this.#result(parameters)],
    [TREE_BATCH, (parameters) => answerTreeBatch(this.#bundle.state.tree, parameters)],
  ]);

  #nextTransactionSize(parameters: Uint32Array): Uint32Array {
    this.#decode(q.NEXT_TX_SIZE, parameters);
    const transaction = this.#bundle.transactions[this.#transactionsTaken];
    return this.#encode(q.NEXT_TX_SIZE, [BigInt(transaction?.length ?? 0)]);
  }

  #transactionContent(): Uint32Array {
    const transaction = this.#bundle.transactions[this.#transactionsTaken++];
    if (transaction) return bytesToWords(transaction);
    return this.#fail(q.TX_CONTENT, "there is no next transaction", "the guest must ask for the next size first");
  }

  #initialData(parameters: Uint32Array): Uint32Array {
    this.#decode(q.INITIAL_IO_DATA, parameters);
    if (this.#initialDataTaken) this.#fail(q.INITIAL_IO_DATA, "it was asked before", "the guest may ask once a run");
    this.#initialDataTaken = true;
    const { root, nextFreeSlot } = commitmentOf(this.#bundle.state.tree);
    return this.#encode(q.INITIAL_IO_DATA, [root, nextFreeSlot, ZERO_32, 0n, false]);
  }

  #blockMetadata(id: number, parameters: Uint32Array): Uint32Array {
    this.#decode(id, parameters);
    const { context } = this.#bundle;
    return this.#encode(id, [
      context.baseFee,
      context.gasPerPubdata,
      context.nativePrice,
      context.blockNumber,
      context.timestamp,
      context.chainId,
      context.gasLimit,
      context.coinbase,
      context.blockHashes,
      context.mixHash,
    ]);
  }

  #storageSlot(parameters: Uint32Array): Uint32Array {
    // The most frequent query of forward mode: from words to the hashed key without a detour over hex (1.4 µs, not 8).
    if (parameters.length !== 14) this.#decode(q.INITIAL_STORAGE_SLOT, parameters);
    const slot = new DataView(new ArrayBuffer(64));
    for (let i = 0; i < 5; i++) slot.setUint32(28 - 4 * i, parameters[i]);
    for (let i = 0; i < 8; i++) slot.setUint32(32 + 4 * i, parameters[6 + i], true);
    const value = this.#bundle.state.tree.value(blake2sHex(new Uint8Array(slot.buffer)));
    return this.#encode(q.INITIAL_STORAGE_SLOT, [value === undefined, value ?? ZERO_32]);
  }

  #preimageLength(parameters: Uint32Array): Uint32Array {
    return this.#encode(q.PREIMAGE_LENGTH, [BigInt(this.#preimage(q.PREIMAGE_LENGTH, parameters).length)]);
  }

  #preimage(id: number, parameters: Uint32Array): Uint8Array {
    const [hash] = this.#decode(id, parameters) as [Hex];
    const preimage = this.#bundle.state.preimages.get(hash);
    if (preimage) return preimage;
    return this.#fail(id, `no preimage of ${hash} is known`, "add it to the bundle's preimages");
  }

  #proof(parameters: Uint32Array): Uint32Array {
    const [index] = this.#decode(q.PROOF_FOR_INDEX, parameters) as [bigint];
    const { leaf, path } = this.#bundle.state.tree.proof(index);
    return this.#encode(q.PROOF_FOR_INDEX, [index, leaf.key, leaf.value, leaf.next, path]);
  }

  #previousIndex(parameters: Uint32Array): Uint32Array {
    const [key] = this.#decode(q.PREVIOUS_INDEX, parameters) as [Hex];
    return this.#encode(q.PREVIOUS_INDEX, [this.#bundle.state.tree.previousIndex(key)]);
  }

  #exactIndex(parameters: Uint32Array): Uint32Array {
    const [key] = this.#decode(q.EXACT_INDEX, parameters) as [Hex];
    const index = this.#bundle.state.tree.indexOf(key);
    if (index !== undefined) return this.#encode(q.EXACT_INDEX, [index]);
    return this.#fail(
      q.EXACT_INDEX,
      `the state has no leaf with the key ${key}`,
      "the guest may ask for existing keys only",
    );
  }

  #hint(id: number, parameters: Uint32Array): Uint32Array {
    try {
      return answerHint(id, parameters);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error; // a division by zero, or a value too large: the guest's fault
      return this.#fail(id, error.message, "check what the guest asks: it may not ask for what does not exist");
    }
  }

  /** First word: bytes of text; then the text, in whole words. */
  #uart(parameters: Uint32Array): Uint32Array {
    const bytes = new Uint8Array(parameters.slice(1).buffer);
    this.#options.onUart?.(new TextDecoder().decode(bytes.subarray(0, parameters[0] ?? 0)));
    return NO_WORDS;
  }

  /** Kind and length in bytes, then the item in whole words. */
  #result([kind, length, ...words]: Uint32Array): Uint32Array {
    this.#options.onResult?.(kind, new Uint8Array(Uint32Array.from(words).buffer, 0, length));
    return NO_WORDS;
  }

  #decode(id: number, parameters: Uint32Array): (FieldValue | FieldValue[])[] {
    const values = decodeFields(q.queryById(id)!.parameters, parameters);
    return values ?? this.#fail(id, `it cannot have ${parameters.length} words of parameters`, "check the guest");
  }

  #encode(id: number, values: readonly (GivenValue | readonly GivenValue[])[]): Uint32Array {
    return encodeFields(q.queryById(id)!.answer, values);
  }

  #fail(id: number, what: string, next: string): never {
    const query = q.queryById(id);
    const name = query ? `query ${id} (${query.name})` : `query 0x${id.toString(16)}`;
    throw new InputError(`${name} cannot be answered: ${what}`, `block ${this.#bundle.name}`, next);
  }
}
