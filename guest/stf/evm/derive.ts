/** Addresses of new contracts: CREATE (RLP of deployer and nonce) and CREATE2 (EIP-1014). All addresses U256. */
import { keccak256 } from "../../crypto/keccak256";
import { DERIVATION } from "./slots";
import { load32, loadWord, store32, storeWord, truncateToAddress } from "./words";

/** A U256 address as its 20 bytes. */
function storeAddress(to: usize, address: usize): void {
  for (let i: usize = 0; i < 20; i += 4) store32(to + 16 - i, load<u32>(address + i));
}

/** to = low 160 bits of the hash of the first `length` bytes of DERIVATION */
function hashToAddress(length: u32, to: usize): void {
  keccak256(DERIVATION, length, DERIVATION);
  loadWord(DERIVATION, to);
  truncateToAddress(to);
}

export function deriveCreate(deployer: usize, nonce: u64, to: usize): void {
  // rlp([address, nonce]): a nonce below 128 is its own byte (0x80 for 0), a larger one its bytes after their number
  const nonceBytes: u32 = (71 - <u32>clz(nonce)) >> 3;
  const long: u32 = nonce < 128 ? 0 : nonceBytes;
  store<u8>(DERIVATION, 0xc0 + 22 + long);
  store<u8>(DERIVATION, 0x80 + 20, 1);
  storeAddress(DERIVATION + 2, deployer);
  if (long == 0) {
    store<u8>(DERIVATION, nonce ? <u32>nonce : 0x80, 22);
  } else {
    store<u8>(DERIVATION, 0x80 + long, 22);
    for (let i: u32 = 0; i < long; i++) store<u8>(DERIVATION + 22 + long - i, <u8>(nonce >> (<u64>i << 3)));
  }
  hashToAddress(23 + long, to);
}

/** The 85 bytes of EIP-1014, whose initcode is hashed here. */
export function deriveCreate2(deployer: usize, salt: usize, code: usize, length: u32, to: usize): void {
  keccak256(code, length, DERIVATION + 96);
  store<u8>(DERIVATION, 0xff);
  storeAddress(DERIVATION + 1, deployer);
  storeWord(DERIVATION + 21, salt);
  for (let i: usize = 0; i < 32; i += 4) store32(DERIVATION + 53 + i, load32(DERIVATION + 96 + i));
  hashToAddress(85, to);
}
