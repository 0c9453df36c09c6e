/**
 * Messages from one thread to another through shared memory: a ring of slots, each a kind, a number and bytes. The sender waits while all slots
 * are full, the receiver while all are empty; so memory is bounded, and the slower of the two sets the pace.
 */

export interface Ring {
  control: SharedArrayBuffer;
  slots: SharedArrayBuffer;
}

export interface Message {
  kind: number;
  count: number;
  /** a view of the slot: valid until the next message is asked for */
  bytes: Uint8Array;
}

/** Words of the control memory: messages sent and messages done with (both modulo 2^32), not 0 when the receiver has gone; then those of the slots. */
const SENT = 0;
const DONE = 1;
const CLOSED = 2;
const FIRST_SLOT = 4;
const SLOT = { words: 3, kind: 0, count: 1, length: 2 } as const;

const slotsOf = ({ control }: Ring) => (control.byteLength / 4 - FIRST_SLOT) / SLOT.words;

export const newRing = (slots: number, slotBytes: number): Ring => ({
  control: new SharedArrayBuffer(4 * (FIRST_SLOT + slots * SLOT.words)),
  slots: new SharedArrayBuffer(slots * slotBytes),
});

class End {
  protected readonly control: Int32Array;
  protected readonly slots: number;
  protected readonly slotBytes: number;
  protected readonly memory: Uint8Array;
  /** messages that this end has sent, or has been given */
  protected position = 0;

  constructor(ring: Ring) {
    this.control = new Int32Array(ring.control);
    this.memory = new Uint8Array(ring.slots);
    this.slots = slotsOf(ring);
    this.slotBytes = this.memory.length / this.slots;
  }

  protected get slot(): number {
    return this.position % this.slots;
  }
  protected word(slot: number, field: number): number {
    return FIRST_SLOT + slot * SLOT.words + field;
  }
  protected add(counter: number): void {
    Atomics.add(this.control, counter, 1);
    Atomics.notify(this.control, counter);
  }
}

export class RingSender extends End {
  /** Copies the pieces, one behind the other, into the next slot. @returns false when the receiver has gone: then nothing is sent */
  send(kind: number, count: number, ...pieces: readonly Uint8Array[]): boolean {
    const { control, slots, slot } = this;
    for (;;) {
      if (Atomics.load(control, CLOSED)) return false;
      const done = Atomics.load(control, DONE);
      if (((this.position - done) | 0) < slots) break;
      Atomics.wait(control, DONE, done);
    }
    let length = 0;
    for (const piece of pieces) {
      this.memory.set(piece, slot * this.slotBytes + length);
      length += piece.length;
    }
    if (length > this.slotBytes) throw new Error(`bug: a message of ${length} bytes, a slot has ${this.slotBytes}`);
    control[this.word(slot, SLOT.kind)] = kind;
    control[this.word(slot, SLOT.count)] = count;
    control[this.word(slot, SLOT.length)] = length;
    this.position++;
    this.add(SENT);
    return true;
  }
}

export class RingReceiver extends End {
  #holds = false;

  /** The next message; the one before is done with. */
  receive(): Message {
    const { control } = this;
    if (this.#holds) this.add(DONE);
    while (Atomics.load(control, SENT) === (this.position | 0)) Atomics.wait(control, SENT, this.position | 0);
    this.#holds = true;
    const { slot } = this;
    this.position++;
    const length = control[this.word(slot, SLOT.length)];
    const start = slot * this.slotBytes;
    return {
      kind: control[this.word(slot, SLOT.kind)],
      count: control[this.word(slot, SLOT.count)],
      bytes: this.memory.subarray(start, start + length),
    };
  }

  /** Nothing more is received: the sender need not wait. */
  close(): void {
    Atomics.store(this.control, CLOSED, 1);
    this.add(DONE);
  }
}
