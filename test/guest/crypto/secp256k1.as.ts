/** Public key recovery, exported for secp256k1.test.ts. */
export { ecrecover, recoverKey } from "../../../guest/crypto/secp256k1/recover";
