/** Division and modular arithmetic, exported for u256-modular.test.ts. */
export { addMod, divRem, mulMod } from "../../../guest/crypto/u256/modular";
