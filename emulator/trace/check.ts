/**
 * A whole witness on one thread: chunk after chunk, then the join. Where the witness comes from (files, memory, a recorder that is running) is the
 * caller's affair. On several threads the same pieces are put together by `host/trace/check.ts`.
 */
import type { Delegation } from "../isa/table.ts";
import type { MachineConfig } from "../machine/config.ts";
import { type CallSource, type CheckerOptions, ChunkChecker } from "./check-chunk.ts";
import { ChunkJoin, type RunClaim } from "./check-join.ts";
import { JoinState } from "./check-join-state.ts";
import { randomChallenge } from "./field.ts";
import { CHUNK_ROWS, DELEGATION_NAMES, DELEGATIONS, type DelegationPart, MAX_CHUNKS, timestampOf } from "./layout.ts";
import { CheckRefusal } from "./refusal.ts";

/** The calls of one delegation in the order of the files, whatever files they are in. */
export interface CallFile {
  /** calls in each file */
  readonly files: readonly number[];
  timestamp(call: number): number;
  read(from: number, count: number): Record<DelegationPart, Uint8Array>;
}

export interface Witness {
  readonly claim: RunClaim;
  readonly tape: Uint32Array;
  readonly calls: Readonly<Record<Delegation, CallFile>>;
  /** rows of a chunk, in pieces of whole rows */
  rows(chunk: number): Iterable<Uint8Array>;
  /** the lazy-initialisation and teardown list in pieces of whole entries */
  touched(): Iterable<Uint8Array>;
}

export const totalCalls = ({ files }: CallFile): number => files.reduce((sum, calls) => sum + calls, 0);

/** The calls with a timestamp in this chunk; they are searched for by bisection, since a witness in order is sorted by it. */
export function callsOfChunk(
  calls: Readonly<Record<Delegation, CallFile>>,
  chunk: number,
  chunkRows: number = CHUNK_ROWS,
): CallSource {
  const [begin, end] = [timestampOf(chunk, 0, chunkRows), timestampOf(chunk + 1, 0, chunkRows)];
  const at: Partial<Record<Delegation, number>> = {};
  return (name, limit) => {
    const file = calls[name];
    at[name] ??= lowerBound(file, begin);
    const stop = Math.min(at[name] + Math.max(limit, 1), totalCalls(file));
    let count = 0;
    while (at[name] + count < stop && file.timestamp(at[name] + count) < end) count++;
    if (count === 0) return undefined;
    const parts = file.read(at[name], count);
    at[name] += count;
    return { calls: count, parts };
  };
}

function lowerBound(file: CallFile, timestamp: number): number {
  let [low, high] = [0, totalCalls(file)];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (file.timestamp(middle) < timestamp) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** What a circuit can hold, how the files are cut, and how many calls there are. @throws CheckRefusal */
export function checkCapacities(claim: RunClaim, calls: Readonly<Record<Delegation, CallFile>>): void {
  if (claim.chunks > MAX_CHUNKS)
    throw new CheckRefusal("capacity", `${claim.chunks} chunks: the prover's timestamps last for ${MAX_CHUNKS}`);
  for (const name of DELEGATION_NAMES) {
    const { files } = calls[name];
    const { capacity, csr } = DELEGATIONS[name];
    files.forEach((count, i) => {
      if (count > capacity)
        throw new CheckRefusal("capacity", `circuit ${i} of ${name} (${csr}) has ${count} calls, it holds ${capacity}`);
      if (count === 0 || (i < files.length - 1 && count !== capacity))
        throw new CheckRefusal(
          "capacity",
          `circuit ${i} of ${name} has ${count} calls; all but the last hold ${capacity}`,
        );
    });
    const total = totalCalls(calls[name]);
    if (total !== claim.delegations[name])
      throw new CheckRefusal(
        "counts",
        `the witness of ${name} has ${total} calls, ${claim.delegations[name]} are claimed`,
      );
  }
}

/** What a check needs besides the witness; to be used again for other witnesses of the same program. */
export class WitnessChecker {
  readonly #checker: ChunkChecker;
  readonly #state = new JoinState();
  readonly #chunkRows: number;

  constructor(image: Uint8Array, config: MachineConfig, options: CheckerOptions = {}) {
    this.#checker = new ChunkChecker(image, config, options);
    this.#chunkRows = options.chunkRows ?? CHUNK_ROWS;
  }

  /** @throws CheckRefusal with the place and the rule when a prover would refuse the witness, or it is not of this program and tape */
  check(witness: Witness): void {
    const challenge = randomChallenge();
    const [checker, chunkRows] = [this.#checker, this.#chunkRows];
    this.#state.clear();
    checkCapacities(witness.claim, witness.calls);
    const join = new ChunkJoin(challenge, witness.tape, chunkRows, this.#state);
    for (let chunk = 0; chunk < witness.claim.chunks; chunk++) {
      checker.begin(chunk, callsOfChunk(witness.calls, chunk, chunkRows));
      for (const rows of witness.rows(chunk)) checker.rows(rows);
      join.add(checker.end(challenge, false));
    }
    join.finish(witness.claim, witness.touched());
  }
}
