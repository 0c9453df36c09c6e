/** One good call of each precompile that ZKsync OS has. */
import { concat, hexlify, id, SigningKey, toBeHex, toUtf8Bytes, zeroPadValue } from "ethers";

const word = (value: bigint) => toBeHex(value, 32);
const words = (...values: bigint[]) => concat(values.map(word));
const address = (n: number) => zeroPadValue(toBeHex(n), 20);

/** Order of BN254's base field: −(1, 2) is (1, p − 2). */
const P = 21888242871839275222246405745257275088696311157297823662689037894645226208583n;
/** Generator of BN254's second group, imaginary parts first (EIP-197). */
const G2 = [
  11559732032986387107991004021392285783925812861821192530917403151452391805634n,
  10857046999023057135944570762232829481370756359578518086990519993285655852781n,
  4082367875863433681332203403145435568316851327593401208105741076214120093531n,
  8495653923123431417604973247489272438418190587263600148770280649306958101930n,
];

export function precompileCalls(): { address: string; input: string }[] {
  const digest = id("windproof");
  const { v, r, s } = new SigningKey(id("a signer")).sign(digest);
  const message = hexlify(
    toUtf8Bytes("a message of more than one block of sixty-four bytes, for the hashes to chew on"),
  );
  const modexp = [3n, 65537n, (1n << 255n) - 19n];
  return [
    concat([digest, word(BigInt(v)), r, s]),
    message,
    message,
    message,
    words(32n, 32n, 32n, ...modexp),
    words(1n, 2n, 1n, P - 2n),
    words(1n, 2n, 123456789n),
    words(1n, 2n, ...G2, 1n, P - 2n, ...G2), // e(P, Q) · e(−P, Q) = 1
  ].map((input, i) => ({ address: address(i + 1), input }));
}
