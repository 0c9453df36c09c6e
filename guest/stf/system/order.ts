/**
 * The order in which a block's slots are told and new leaves are appended: by address, then by key (`WarmStorageKey` of zksync-os). Addresses compare by
 * their 64-bit limbs from the lowest up, which is not the order of the numbers; keys compare as numbers.
 */
import { SLOTS, PREVIOUS, lastAccount } from "./account";
import { keep } from "./arena";
import { SLOT_KEY, SLOT_NEXT, slotCount } from "./slot";

/** Pointers to the records of all slots, in order; `slotCount` of them. */
export function orderSlots(): usize {
  let accounts: u32 = 0;
  for (let record = lastAccount; record; record = <usize>load<u32>(record, PREVIOUS)) if (load<u32>(record, SLOTS)) accounts++;
  const most = slotCount;
  const list = keep(<usize>most << 2, 4);
  const spare = keep(<usize>most << 2, 4);
  const owners = keep(<usize>accounts << 2, 4);
  let at = owners;
  for (let record = lastAccount; record; record = <usize>load<u32>(record, PREVIOUS)) {
    if (!load<u32>(record, SLOTS)) continue;
    store<u32>(at, <u32>record);
    at += 4;
  }
  sort(owners, accounts, spare, true);
  let to = list;
  for (let i: usize = 0; i < <usize>accounts; i++) {
    const first = to;
    for (let slot = <usize>load<u32>(<usize>load<u32>(owners + (i << 2)), SLOTS); slot; slot = <usize>load<u32>(slot, SLOT_NEXT)) {
      store<u32>(to, <u32>slot);
      to += 4;
    }
    sort(first, <u32>((to - first) >> 2), spare, false);
  }
  return list;
}

/** Merge sort of `count` pointers; `spare` has room for as many. */
function sort(list: usize, count: u32, spare: usize, byAddress: bool): void {
  if (count < 2) return;
  const half = count >> 1;
  const middle = list + (<usize>half << 2);
  const end = list + (<usize>count << 2);
  sort(list, half, spare, byAddress);
  sort(middle, count - half, spare, byAddress);
  // the left half moves aside, and both are merged from there
  memory.copy(spare, list, <usize>half << 2);
  let left = spare;
  const leftEnd = spare + (<usize>half << 2);
  let right = middle;
  let to = list;
  while (left < leftEnd) {
    const a = <usize>load<u32>(left);
    if (right < end) {
      const b = <usize>load<u32>(right);
      if (byAddress ? addressLess(b, a) : keyLess(b, a)) {
        store<u32>(to, <u32>b);
        right += 4;
        to += 4;
        continue;
      }
    }
    store<u32>(to, <u32>a);
    left += 4;
    to += 4;
  }
}

function addressLess(a: usize, b: usize): bool {
  if (load<u32>(a, 4) != load<u32>(b, 4)) return load<u32>(a, 4) < load<u32>(b, 4);
  if (load<u32>(a, 0) != load<u32>(b, 0)) return load<u32>(a, 0) < load<u32>(b, 0);
  if (load<u32>(a, 12) != load<u32>(b, 12)) return load<u32>(a, 12) < load<u32>(b, 12);
  if (load<u32>(a, 8) != load<u32>(b, 8)) return load<u32>(a, 8) < load<u32>(b, 8);
  return load<u32>(a, 16) < load<u32>(b, 16);
}

function keyLess(a: usize, b: usize): bool {
  for (let i: usize = SLOT_KEY + 28; i >= SLOT_KEY; i -= 4) {
    const x = load<u32>(a + i);
    const y = load<u32>(b + i);
    if (x != y) return x < y;
  }
  return false;
}
