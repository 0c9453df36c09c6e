/** A witness as messages in a ring: what the recorder's thread sends, and the checker's thread takes. */
import type { Delegation } from "../../emulator/isa/table.ts";
import type { RunClaim } from "../../emulator/trace/check-join.ts";
import {
  BUFFER_ROWS,
  bytesPerCall,
  DELEGATION_NAMES,
  DELEGATION_PARTS,
  type DelegationPart,
  ROW,
} from "../../emulator/trace/layout.ts";
import { newRing, type Ring, type RingReceiver, type RingSender } from "./ring.ts";

export type CallParts = Readonly<Record<DelegationPart, Uint8Array>>;

/** Takes a witness as it comes, in order. Every array is a view that is soon written over. */
export interface WitnessTarget {
  begin(chunk: number): void;
  calls(name: Delegation, calls: number, parts: CallParts): void;
  rows(bytes: Uint8Array): void;
  end(): void;
  finish(claim: RunClaim, touched: Iterable<Uint8Array>): void;
}

const KIND = { begin: 0, calls: 1, rows: 2, end: 3, claim: 4, touched: 5, finish: 6 } as const;

/** A slot takes what the recorder hands over at a time; more slots than these do not make it faster. */
export const newWitnessRing = (): Ring => newRing(8, BUFFER_ROWS * ROW.size);

/** The receiver has gone: it has found something wrong, and says so by itself. */
export class ReceiverGone extends Error {
  override name = "ReceiverGone";
}

export class RingTarget implements WitnessTarget {
  readonly #ring: RingSender;

  constructor(ring: RingSender) {
    this.#ring = ring;
  }

  #send(kind: number, count = 0, ...pieces: Uint8Array[]): void {
    if (!this.#ring.send(kind, count, ...pieces)) throw new ReceiverGone("the checker has stopped");
  }
  begin(chunk: number): void {
    this.#send(KIND.begin, chunk);
  }
  calls(name: Delegation, calls: number, parts: CallParts): void {
    const which = DELEGATION_NAMES.indexOf(name);
    this.#send(KIND.calls, calls * DELEGATION_NAMES.length + which, ...DELEGATION_PARTS.map((part) => parts[part]));
  }
  rows(bytes: Uint8Array): void {
    this.#send(KIND.rows, 0, bytes);
  }
  end(): void {
    this.#send(KIND.end);
  }
  finish(claim: RunClaim, touched: Iterable<Uint8Array>): void {
    this.#send(KIND.claim, 0, new TextEncoder().encode(JSON.stringify(claim)));
    for (const piece of touched) this.#send(KIND.touched, 0, piece);
    this.#send(KIND.finish);
  }
}

/** Hands on everything up to the end of the run. */
export function receiveWitness(ring: RingReceiver, target: WitnessTarget): void {
  for (;;) {
    const { kind, count, bytes } = ring.receive();
    if (kind === KIND.begin) target.begin(count);
    else if (kind === KIND.rows) target.rows(bytes);
    else if (kind === KIND.calls) {
      const name = DELEGATION_NAMES[count % DELEGATION_NAMES.length];
      const calls = Math.floor(count / DELEGATION_NAMES.length);
      target.calls(name, calls, cut(name, calls, bytes));
    } else if (kind === KIND.end) target.end();
    else {
      // a slot's bytes are shared memory, which a decoder does not take
      const claim = JSON.parse(new TextDecoder().decode(bytes.slice())) as RunClaim;
      target.finish(claim, touchedPieces(ring));
      return;
    }
  }
}

function cut(name: Delegation, calls: number, bytes: Uint8Array): CallParts {
  const size = bytesPerCall(name);
  let end = 0;
  const parts = DELEGATION_PARTS.map((part) => {
    const start = end;
    end += calls * size[part];
    return [part, bytes.subarray(start, end)];
  });
  return Object.fromEntries(parts);
}

function* touchedPieces(ring: RingReceiver): Generator<Uint8Array> {
  for (let message = ring.receive(); message.kind === KIND.touched; message = ring.receive()) yield message.bytes;
}
