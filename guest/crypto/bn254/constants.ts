/**
 * BN254's constants, and where the room keeps its values: fixed slots, so that every address folds into the code.
 *
 * Field values are in Montgomery form (a · 2^256 mod p). The delegation reads no ROM, so the table is copied to RAM once a run.
 * test/guest/crypto/bn254-constants.test.ts computes every row again from p, r and x.
 */
import { PAIRING_SLOTS } from "../../sdk/memory";

// Operands of the inner loops begin a page each: such an address is one instruction (lui), others are two.
const PAGE: usize = 0x1000;
export const P: usize = PAIRING_SLOTS;
/** p⁻¹ mod 2^256: with the positive inverse the reduction subtracts, so that no carry of the low half has to be found */
export const P_INVERSE: usize = PAIRING_SLOTS + PAGE;
/** 64 bytes: the wide accumulator, and the product that is added to it */
export const WIDE: usize = PAIRING_SLOTS + 2 * PAGE;
export const PRODUCT: usize = PAIRING_SLOTS + 3 * PAGE;
/** 32 bytes each: fp and fp2 */
export const FP_PAGE_0: usize = PAIRING_SLOTS + 4 * PAGE;
export const FP_PAGE_1: usize = PAIRING_SLOTS + 5 * PAGE;
export const FP_PAGE_2: usize = PAIRING_SLOTS + 6 * PAGE;
export const FP_PAGE_3: usize = PAIRING_SLOTS + 7 * PAGE;

// Rows of the table, 32 bytes each, in its order after p and p⁻¹.
const ROWS_BASE: usize = PAIRING_SLOTS + 0x100;
export const R2: usize = ROWS_BASE;
export const ONE: usize = ROWS_BASE + 0x20;
export const THREE: usize = ROWS_BASE + 0x40;
/** 3/ξ, the twist's b, ξ = 9 + u */
export const TWIST_B: usize = ROWS_BASE + 0x60;
/** ξ^(k(p−1)/6) for k = 1…5, in Fp2 */
export const FROBENIUS_1: usize = ROWS_BASE + 0xa0;
/** ξ^(k(p³−1)/6) for k = 1…5, in Fp2 */
export const FROBENIUS_3: usize = ROWS_BASE + 0x1e0;
/** ξ^(k(p²−1)/6) for k = 1…5, in Fp */
export const FROBENIUS_2: usize = ROWS_BASE + 0x320;
/** a cube root of one: (x, y) → (βx, y) is multiplication by λ on G1 */
export const BETA: usize = ROWS_BASE + 0x3c0;
const ROWS: usize = 31;
const READY: usize = ROWS_BASE + 0x3e0;

// Working slots of one layer each, between the pages' beginnings; a layer's slots are live only while one of its functions runs.
/** fp12: operand tables, 960 bytes */
export const FP12_SLOTS: usize = PAIRING_SLOTS + 0x500;
/** g1 and its walk: 3,584 bytes */
export const G1_SLOTS: usize = PAIRING_SLOTS + PAGE + 0x100;
/** miller: 1,408 bytes */
export const MILLER_SLOTS: usize = PAIRING_SLOTS + 2 * PAGE + 0x100;
/** EIP entry points: 320 bytes */
export const ENTRY_SLOTS: usize = PAIRING_SLOTS + 2 * PAGE + 0x800;
/** identity: 800 bytes */
export const IDENTITY_SLOTS: usize = PAIRING_SLOTS + 4 * PAGE + 0x100;
/** pairing and final exponentiation: 3,456 bytes */
export const FINAL_SLOTS: usize = PAIRING_SLOTS + 3 * PAGE + 0x100;

// biome-ignore format: a table
const TABLE: usize = memory.data<u32>([
  0xd87cfd47, 0x3c208c16, 0x6871ca8d, 0x97816a91, 0x8181585d, 0xb85045b6, 0xe131a029, 0x30644e72, // P
  0x1b799c77, 0x782df87d, 0xe1359536, 0x6121829a, 0xe7cc257f, 0x2750342f, 0x6e777394, 0x0a85dd48, // P_INVERSE
  0x538afa89, 0xf32cfc5b, 0xd44501fb, 0xb5e71911, 0x0a417ff6, 0x47ab1eff, 0xcab8351f, 0x06d89f71, // R2
  0xc58f0d9d, 0xd35d438d, 0xf5c70b3d, 0x0a78eb28, 0x7879462c, 0x666ea36f, 0x9a07df2f, 0x0e0a77c1, // ONE
  0x50ad28d7, 0x7a17caa9, 0xe15521b9, 0x1f6ac17a, 0x696bd284, 0x334bea4e, 0xce179d8e, 0x2a1f6744, // THREE
  0x77b802a8, 0x3bf938e3, 0x3633535d, 0x020b1b27, 0x49755260, 0x26b7edf0, 0x4384a86d, 0x2514c632, // TWIST_B 0
  0xd1dcff67, 0x38e7eccc, 0x93ce0d3e, 0x65f0b37d, 0x22ac00aa, 0xd749d0dd, 0x4a688d4d, 0x0141b9ce, // TWIST_B 1
  0x33144907, 0xaf9ba696, 0x87afb78a, 0xca6b1d73, 0xf08a2087, 0x11bded5e, 0x1a1f3a7c, 0x02f34d75, // FROBENIUS_1 w^1 0
  0x4c492d72, 0xa222ae23, 0x565de15b, 0xd00f02a4, 0x53dfc926, 0xdc2ff3a2, 0xb3899551, 0x10a75716, // FROBENIUS_1 w^1 1
  0x4563ab30, 0xb5773b10, 0xa9aa6454, 0x347f91c8, 0x242e0991, 0x7a007127, 0x118214ec, 0x1956bcd8, // FROBENIUS_1 w^2 0
  0xa0aa4757, 0x6e849f1e, 0x89f89141, 0xaa1c7b6d, 0xfae0ca3a, 0xb6e713cd, 0x4e82ebc3, 0x26694fbb, // FROBENIUS_1 w^2 1
  0x2936b629, 0xe4bbdd0c, 0xe133bacb, 0xbb30f162, 0xf9645366, 0x31a9d1b6, 0xa500f8dd, 0x253570be, // FROBENIUS_1 w^3 0
  0x5ffe77c7, 0xa1d77ce4, 0x7826d1db, 0x07affd11, 0xbb7edc6b, 0x6d16bd27, 0x85defecc, 0x2c872002, // FROBENIUS_1 w^3 1
  0x843abe92, 0x7361d77f, 0x273411fb, 0xa5bb2bd3, 0x4b3e2399, 0x9c941f31, 0xbb9fd3ec, 0x15df9cdd, // FROBENIUS_1 w^4 0
  0x4bd8c949, 0x5dddfd15, 0xa4445b60, 0x62cb29a5, 0x0c7dd2b9, 0x37bc870a, 0x3171f0fd, 0x24830a9d, // FROBENIUS_1 w^4 1
  0x41690fe7, 0xc970692f, 0x27694b0b, 0xe2403421, 0x83c459e8, 0x32bee66b, 0x0ab08841, 0x12aabced, // FROBENIUS_1 w^5 0
  0x40aebfa9, 0x0d485d23, 0xab2fcc57, 0x05193418, 0x8a4910f5, 0xd3b0a40b, 0x35d2925a, 0x2f21ebb5, // FROBENIUS_1 w^5 1
  0x4e46d97d, 0x36531618, 0xd4c96d9f, 0x0af7129e, 0xca1009b5, 0x659da72f, 0x83a20d23, 0x08116d89, // FROBENIUS_3 w^1 0
  0xc39c1939, 0xb1df4af7, 0x8a73bf7f, 0x3d9f0287, 0x8caf0ae0, 0x9b222092, 0xeff054a6, 0x26684515, // FROBENIUS_3 w^1 1
  0x16ad6bad, 0xc9af22f7, 0x4aa662b2, 0xb311782a, 0xe248c7f4, 0x19eeaf64, 0xe3439f82, 0x20273e77, // FROBENIUS_3 w^2 0
  0xf7ce93ac, 0xacc02860, 0x7ba76b4c, 0x3933d581, 0x446c8467, 0x69e6188b, 0x4417cc55, 0x0a46036d, // FROBENIUS_3 w^2 1
  0xaf46471e, 0x5764af0a, 0x873e0fc1, 0xdc50792e, 0x881d04f6, 0x86a673ff, 0x3c30a74c, 0x0b2eddb4, // FROBENIUS_3 w^3 0
  0x787e8580, 0x9a490f32, 0xf04af8b1, 0x8fd16d7f, 0xc6027bf2, 0x4b39888e, 0x5b52a15d, 0x03dd2e70, // FROBENIUS_3 w^3 1
  0x7b6762df, 0x448a93a5, 0x28fdeadf, 0xbfd62df5, 0x0e9bd47a, 0xd858f5d0, 0x3476ec58, 0x06b03d4d, // FROBENIUS_3 w^4 0
  0xbcc936d1, 0x2b19daf4, 0x56f4299f, 0xa1a54e7a, 0x5adeaef1, 0xb533eee0, 0x84dda0b2, 0x170c812b, // FROBENIUS_3 w^4 1
  0x75cf559f, 0xe0bc4b22, 0xc154e60f, 0xc238b945, 0x929a7d5e, 0x803982a5, 0xf7e4a37e, 0x15ce052d, // FROBENIUS_3 w^5 0
  0xbf3799a7, 0x2d28efbd, 0x1ad60773, 0x9b097e3c, 0xaf4a535b, 0x982d4113, 0xe3056063, 0x24e18991, // FROBENIUS_3 w^5 1
  0x00fa1bf2, 0xca8d8005, 0x68b39769, 0xf0c5d614, 0xad0d4418, 0x0e201271, 0xbad856e6, 0x04290f65, // FROBENIUS_2 w^1
  0x13e80b9c, 0x3350c88e, 0xdb5e56b9, 0x7dce557c, 0xb615564a, 0x6001b4b8, 0x020217e0, 0x2682e617, // FROBENIUS_2 w^2
  0x12edefaa, 0x68c34889, 0x72aabf4f, 0x8d087f68, 0x09081231, 0x51e1a247, 0x4729c0fa, 0x2259d6b1, // FROBENIUS_2 w^3
  0xd782e155, 0x71930c11, 0xffbe3323, 0xa6bb947c, 0xd4741444, 0xaa303344, 0x26594943, 0x2c3b3f0d, // FROBENIUS_2 w^4
  0xc494f1ab, 0x08cfc388, 0x8d1373d4, 0x19b31514, 0xcb6c0213, 0x584e90fd, 0xdf2f8849, 0x09e1685b, // FROBENIUS_2 w^5
  0x13e80b9c, 0x3350c88e, 0xdb5e56b9, 0x7dce557c, 0xb615564a, 0x6001b4b8, 0x020217e0, 0x2682e617, // BETA
], 4);

/** r's constants as `useModulus` takes them (r, r⁻¹ mod 2^256, 2^512 mod r), and λ · 2^256 mod r */
// biome-ignore format: a table
export const SCALARS: usize = memory.data<u32>([
  0xf0000001, 0x43e1f593, 0x79b97091, 0x2833e848, 0x8181585d, 0xb85045b6, 0xe131a029, 0x30644e72, // ORDER
  0x10000001, 0x3d1e0a6c, 0xb396ee4c, 0x9a7979b4, 0x66f9dc6e, 0x1c6567d7, 0xf27cbe4d, 0x8c07d0e2, // ORDER_INVERSE
  0xae216da7, 0x1bb8e645, 0xe35c59e3, 0x53fe3ab1, 0x53bb8085, 0x8c49833d, 0x7f4e44a5, 0x0216d0b1, // ORDER_R2
  0x55fcd653, 0x0363f299, 0x5fc1e200, 0x73e7950b, 0x576d9d24, 0xc5fce83e, 0xa1c3a4d4, 0x059c805d, // LAMBDA · 2^256 mod r
], 4);

/** Copies the table to RAM, the first time. Every entry point calls it. */
export function initConstants(): void {
  if (load<u32>(READY)) return;
  store<u32>(READY, 1);
  for (let i: usize = 0; i < 32; i += 4) {
    store<u32>(P + i, load<u32>(TABLE + i));
    store<u32>(P_INVERSE + i, load<u32>(TABLE + 32 + i));
  }
  for (let i: usize = 0; i < ROWS << 5; i += 4) store<u32>(ROWS_BASE + i, load<u32>(TABLE + 64 + i));
}
