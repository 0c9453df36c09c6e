/**
 * The block's end: accounts go to storage, pubdata is built; proving verifies and changes the tree and ends the run with the public input; forward reports.
 */
import { QUERY_INITIAL_IO, askExactly } from "../../sdk/oracle";
import { u256Equal } from "../../sdk/u256";
import { commitAfter, commitBefore } from "../tree/commitments";
import { StateCommitment, verifyAndApply } from "../tree/verify";
import { FLAGS, PREVIOUS, UPDATED, lastAccount } from "./account";
import { accountChanged, persistAccount } from "./accounts";
import { keep } from "./arena";
import { REPORTS } from "../flavour";
import { reportEvents } from "./events";
import { FINISH_OUT_OF_RESOURCES, internal } from "./internal";
import { LOG_LENGTH, LOG_MESSAGE, logAt, logCount } from "./logs";
import { orderSlots } from "./order";
import { PREIMAGE_BYTES, PREIMAGE_LENGTH, PREIMAGE_PREVIOUS, PREIMAGE_TYPE, lastNewPreimage } from "./preimages";
import { Pubdata, buildPubdata } from "./pubdata";
import { Resources } from "./resources";
import { reportL2ToL1Log, reportPreimage, reportPubdata, reportStorageWrite } from "./results";
import { SLOT_ACCOUNT, SLOT_FLAGS, SLOT_FLAT_KEY, SLOT_INITIAL, SLOT_KEY, SLOT_UPDATED, deriveFlatKeyLate, slotCount } from "./slot";

/** Words of the answer to query 2: root (8), next free slot (2), and what the original does not use (12). */
const INITIAL_IO_WORDS: u32 = 22;

/**
 * @param blockHash, l1Hashes, upgradeHash Bytes32: this block's hash, Blake2s of the hashes of its L1→L2 transactions, hash of its upgrade transaction or 0.
 * Proving: does not return.
 */
export function finish(blockHash: usize, l1Hashes: usize, upgradeHash: usize): void {
  // not part of a transaction: nothing is charged to anyone
  Resources.ergs = u64.MAX_VALUE;
  Resources.native = u64.MAX_VALUE;
  for (let record = lastAccount; record; record = <usize>load<u32>(record, PREVIOUS)) {
    if (load<u32>(record, FLAGS) & UPDATED && accountChanged(record) && persistAccount(record)) internal(FINISH_OUT_OF_RESOURCES);
  }
  const slots = orderSlots();
  if (!PROVING) {
    for (let i: u32 = 0; i < slotCount; i++) {
      const slot = <usize>load<u32>(slots + (<usize>i << 2));
      if (load<u32>(slot, SLOT_FLAGS) & SLOT_UPDATED) deriveFlatKeyLate(slot);
    }
  }
  buildPubdata(blockHash, slots, slotCount);
  if (REPORTS) report(slots);
  if (PROVING) {
    const state = keep(<usize>INITIAL_IO_WORDS << 2, 8);
    askExactly(QUERY_INITIAL_IO, 0, 0, state, INITIAL_IO_WORDS);
    StateCommitment.root = state;
    StateCommitment.nextFreeSlot = load<u64>(state, 32);
    commitBefore(blockHash);
    verifyAndApply(slots, slotCount);
    commitAfter(l1Hashes, upgradeHash);
  }
}

/** Everything that became final with the block. */
function report(slots: usize): void {
  for (let i: u32 = 0; i < slotCount; i++) {
    const slot = <usize>load<u32>(slots + (<usize>i << 2));
    if (u256Equal(slot, slot + SLOT_INITIAL)) continue;
    reportStorageWrite(<usize>load<u32>(slot, SLOT_ACCOUNT), slot + SLOT_KEY, slot + SLOT_FLAT_KEY, slot);
  }
  for (let preimage = lastNewPreimage; preimage; preimage = <usize>load<u32>(preimage, PREIMAGE_PREVIOUS)) {
    reportPreimage(preimage, load<u32>(preimage, PREIMAGE_TYPE) == 1, <usize>load<u32>(preimage, PREIMAGE_BYTES), load<u32>(preimage, PREIMAGE_LENGTH));
  }
  for (let i: u32 = 0; i < logCount; i++) {
    const log = logAt(i);
    reportL2ToL1Log(log, <usize>load<u32>(log, LOG_MESSAGE), load<u32>(log, LOG_LENGTH));
  }
  reportEvents();
  reportPubdata(Pubdata.start, Pubdata.length);
}
