/**
 * The tree of L2→L1 logs that the settlement layer opens: Keccak-256, 2^14 leaves, each the hash of a log's 88 bytes
 * (`zk_ee/src/common_structs/logs_storage.rs`). Only batch public inputs have it.
 */
import { keccak256 } from "../../crypto/keccak256";
import { copy } from "../../sdk/copy";

const HEIGHT: usize = 14;

/** Hashes of empty subtrees, levels 0 to 14: Keccak-256 of 88 zero bytes, then of two below. */
// prettier-ignore
const EMPTY: usize = memory.data<u32>([
  0x45eeab72, 0x4a349eb5, 0x20e5a6f8, 0x44471c24, 0xd46ef2af, 0xb0c4f411, 0x9af08a0f, 0xba43dada,
  0xeb3ed0c3, 0x990483fd, 0x3e3dea91, 0x12678b35, 0x2e2eaae7, 0x4b2ddc63, 0xce878943, 0xd0c88ac2,
  0x7f7c69e3, 0x9b1ac333, 0x85eb0a0f, 0x0d7d2842, 0xcfc4e821, 0x0c3d1682, 0x8aa9c744, 0x11a11aa1,
  0x81c59c19, 0xcedd4325, 0xc80fdded, 0x6a640728, 0x42449948, 0x0d2cdb40, 0xccc3202f, 0xfa515feb,
  0x283f73e4, 0x3eba181f, 0xd65d77a8, 0x84cd2f2d, 0x938c1c01, 0x57ea168f, 0xa029fd90, 0x89dbf83b,
  0xfda19817, 0x81bb8f9c, 0xf1cf988c, 0xcca7da90, 0xace5b610, 0xa2b41697, 0x2e7c9f64, 0x7222efbc,
  0x98c5d766, 0xcf44fe3a, 0xf58cea15, 0x6c4cb365, 0xb40cff31, 0x244574dd, 0x942b84f7, 0x0d77082d,
  0xe35e4eb0, 0x85690849, 0x97734bf7, 0xe7dfe91c, 0x5cd9be6b, 0x5d6c9084, 0x0465d9ff, 0x6c39e5e1,
  0xcb6e50ac, 0x9b656554, 0x4371923a, 0xf924d7f6, 0x4b9c8d1d, 0xae6324db, 0xaad911e1, 0xdb749886,
  0xec054b12, 0xd7ec2c27, 0xfeda8f53, 0x8d62b653, 0xfb8f1831, 0x3951346f, 0xc1c3c3aa, 0x0f472efd,
  0xbd9cbec3, 0x844d3019, 0x45d0a3cc, 0xb38d6be0, 0x308cd6ac, 0x4ccdc94f, 0x186dfebf, 0x3fb16c03,
  0x9fbdf7fe, 0xe5119888, 0xa076409e, 0x13874017, 0x7701085f, 0x01632730, 0x31f5da9a, 0x873a7e25,
  0xc6d107a7, 0x99e68b2d, 0x48b74cd3, 0xb4d7fd04, 0xc1b668c5, 0x6f0621a8, 0x0d686c12, 0x0be0834b,
  0x0793e0f6, 0xd289030e, 0x0fd629e5, 0xfd55b8ad, 0x7649d5de, 0x70ac50ec, 0xce363a9e, 0x91c264aa,
  0xf95b5a37, 0x1402cb09, 0xca95363e, 0x41068e65, 0x59aa39e7, 0xdb04000f, 0xc47235a9, 0x2d9ddb4c,
]);

/**
 * Root over `count` leaves of 32 bytes at `hashes`, which is written over and has room for one leaf more; the root goes to `to`.
 */
export function logsTreeRoot(hashes: usize, count: u32, to: usize): void {
  if (count == 0) {
    copy(to, EMPTY + (HEIGHT << 5), 32);
    return;
  }
  for (let level: usize = 0; level < HEIGHT; level++) {
    if (count & 1) copy(hashes + (<usize>count << 5), EMPTY + (level << 5), 32);
    count = (count + 1) >> 1;
    for (let i: usize = 0; i < <usize>count; i++) keccak256(hashes + (i << 6), 64, hashes + (i << 5));
  }
  copy(to, hashes, 32);
}
