/** Events of contracts. They are in no commitment, so a proving run only pays for them; forward mode keeps them for the receipts. */
import { copy } from "../../sdk/copy";
import { u256CopyWords } from "../../sdk/u256";
import { keep } from "./arena";
import { REPORTS } from "../flavour";
import { reportEvent } from "./results";
import { Tx } from "./tx";

// Offsets of a record: transaction index, number of topics, data, its length, the record before, address (U256), topics (U256 each).
const TRANSACTION: usize = 0;
const TOPICS: usize = 4;
const DATA: usize = 8;
const LENGTH: usize = 12;
const PREVIOUS: usize = 16;
const ADDRESS: usize = 32;
const FIRST_TOPIC: usize = 64;

/** The newest record, 0 for none. */
export let lastEvent: u32 = 0;

export function addEvent(address: usize, topics: usize, count: u32, data: usize, length: u32): void {
  if (!REPORTS) return;
  const record = keep(FIRST_TOPIC + (<usize>count << 5), 32);
  store<u32>(record, Tx.index, TRANSACTION);
  store<u32>(record, count, TOPICS);
  const bytes = keep(length, 8);
  copy(bytes, data, length);
  store<u32>(record, <u32>bytes, DATA);
  store<u32>(record, length, LENGTH);
  u256CopyWords(record + ADDRESS, address);
  for (let i: u32 = 0; i < count; i++) u256CopyWords(record + FIRST_TOPIC + (<usize>i << 5), topics + (<usize>i << 5));
  store<u32>(record, lastEvent, PREVIOUS);
  lastEvent = <u32>record;
}

/** Forgets all after `last`. */
// @ts-ignore: decorator
@inline
export function truncateEvents(last: u32): void {
  lastEvent = last;
}

export function reportEvents(): void {
  if (!REPORTS) return;
  // turns the list round: oldest first
  let first: usize = 0;
  for (let record = <usize>lastEvent; record; ) {
    const previous = <usize>load<u32>(record, PREVIOUS);
    store<u32>(record, <u32>first, PREVIOUS);
    first = record;
    record = previous;
  }
  for (let record = first; record; record = <usize>load<u32>(record, PREVIOUS)) {
    reportEvent(
      load<u32>(record, TRANSACTION),
      record + ADDRESS,
      record + FIRST_TOPIC,
      load<u32>(record, TOPICS),
      <usize>load<u32>(record, DATA),
      load<u32>(record, LENGTH),
    );
  }
}
