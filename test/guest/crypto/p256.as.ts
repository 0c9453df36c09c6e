/** P-256 verification, exported for p256.test.ts. */
export { p256Verify } from "../../../guest/crypto/p256/verify";
