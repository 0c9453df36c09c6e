/**
 * The EVM's precompiles: costs, input rules and failures of `basic_system/src/system_functions/`, results by `crypto/`.
 * A precompile answers OK, OUT_OF_NATIVE, or FAILED (invalid input or out of ergs: `pure_system_function_hook_impl` takes all ergs then).
 */
import { OK, OUT_OF_NATIVE } from "../system/status";
import { Resources, charge } from "../system/resources";
import { bigEndian32, isZeroBytes } from "../system/bytes";
import { u256ToBytes32 } from "../system/bytes32";
import { recoverAddress } from "../system/hashes";
import { HookCall } from "./call";
import { Scratch } from "./scratch";
import { sha256 } from "../../crypto/sha256";
import { ripemd160 } from "../../crypto/ripemd160";
import { p256Verify } from "../../crypto/p256/verify";
import { bn254Add, bn254Mul, bn254Pairing } from "../../crypto/bn254";
import { modexp } from "../../crypto/modexp";
import {
  BN254_ADD_ERGS,
  BN254_ADD_NATIVE,
  BN254_MUL_ERGS,
  BN254_MUL_NATIVE,
  BN254_PAIRING_NATIVE,
  BN254_PAIRING_PAIR_ERGS,
  BN254_PAIRING_STATIC_ERGS,
  ECRECOVER_ERGS,
  ECRECOVER_NATIVE,
  ERGS_PER_GAS,
  IDENTITY_BASE_NATIVE,
  IDENTITY_BYTE_NATIVE,
  IDENTITY_STATIC_ERGS,
  IDENTITY_WORD_ERGS,
  MODEXP_MINIMAL_ERGS,
  MODEXP_NATIVE_PER_ERG,
  P256_VERIFY_ERGS,
  RIPEMD160_BASE_NATIVE,
  RIPEMD160_ROUND_NATIVE,
  RIPEMD160_STATIC_ERGS,
  RIPEMD160_WORD_ERGS,
  SHA256_BASE_NATIVE,
  SHA256_ROUND_NATIVE,
  SHA256_STATIC_ERGS,
  SHA256_WORD_ERGS,
  rounds64,
} from "./costs";

const FAILED: i32 = -1;

/** Ends a precompile call: all ergs go where it failed, as the original's generic hook has it. Answers OK or OUT_OF_NATIVE. */
// @ts-ignore: decorator
@inline export function endPrecompile(status: i32): i32 {
  if (status == OK || status == OUT_OF_NATIVE) return status;
  Resources.ergs = 0;
  HookCall.revert();
  return OK;
}

// @ts-ignore: decorator
@inline function words(length: u32): u64 {
  return (<u64>length + 31) >> 5;
}

/** Calldata copied to scratch, cut or padded with zeros to `length` bytes. */
function fixedInput(length: u32): usize {
  const input = Scratch.reserve(length);
  const given = min(HookCall.calldataLength, length);
  memory.copy(input, HookCall.calldata, given);
  memory.fill(input + given, 0, length - given);
  return input;
}

/** 0x01. Anything wrong gives empty output, not a failure. */
export function ecrecoverHook(): i32 {
  const status = charge(ECRECOVER_ERGS, ECRECOVER_NATIVE);
  if (status) return status;
  const input = fixedInput(128);
  const output = Scratch.reserve(32);
  HookCall.succeed(output, 0);
  const v: u32 = load<u8>(input + 63);
  if (!isZeroBytes(input + 32, 31) || (v != 27 && v != 28)) return OK;
  const address = Scratch.reserve(32);
  if (!recoverAddress(input, v - 27, input + 64, input + 96, address)) return OK;
  u256ToBytes32(address, output);
  HookCall.succeed(output, 32);
  return OK;
}

/** 0x02 */
export function sha256Hook(): i32 {
  const length = HookCall.calldataLength;
  const status = charge(SHA256_STATIC_ERGS + SHA256_WORD_ERGS * words(length), SHA256_BASE_NATIVE + SHA256_ROUND_NATIVE * rounds64(length));
  if (status) return status;
  const output = Scratch.reserve(32);
  sha256(HookCall.calldata, length, output);
  HookCall.succeed(output, 32);
  return OK;
}

/** 0x03 */
export function ripemd160Hook(): i32 {
  const length = HookCall.calldataLength;
  const status = charge(
    RIPEMD160_STATIC_ERGS + RIPEMD160_WORD_ERGS * words(length),
    RIPEMD160_BASE_NATIVE + RIPEMD160_ROUND_NATIVE * rounds64(length),
  );
  if (status) return status;
  const output = Scratch.reserve(32);
  memory.fill(output, 0, 12);
  ripemd160(HookCall.calldata, length, output + 12);
  HookCall.succeed(output, 32);
  return OK;
}

/** 0x04. The input stays where it is: the runner copies return data anyway. */
export function identityHook(): i32 {
  const length = HookCall.calldataLength;
  const status = charge(IDENTITY_STATIC_ERGS + IDENTITY_WORD_ERGS * words(length), IDENTITY_BASE_NATIVE + IDENTITY_BYTE_NATIVE * <u64>length);
  if (status) return status;
  HookCall.succeed(HookCall.calldata, length);
  return OK;
}

/** 0x05, EIP-198 with the costs of EIP-2565. Lengths that do not fit 32 bits are invalid: no gas could pay for them. */
export function modexpHook(): i32 {
  if (Resources.native < MODEXP_MINIMAL_ERGS * MODEXP_NATIVE_PER_ERG || Resources.ergs < MODEXP_MINIMAL_ERGS) return FAILED;
  const header = fixedInput(96);
  if (!isZeroBytes(header, 28) || !isZeroBytes(header + 64, 28)) return FAILED;
  const baseLength = bigEndian32(header + 28);
  const modulusLength = bigEndian32(header + 92);
  if (baseLength == 0 && modulusLength == 0) {
    HookCall.succeed(header, 0);
    return charge(MODEXP_MINIMAL_ERGS, MODEXP_MINIMAL_ERGS * MODEXP_NATIVE_PER_ERG);
  }
  if (!isZeroBytes(header + 32, 28)) return FAILED;
  const exponentLength = bigEndian32(header + 60);

  const bodyLength: u32 = HookCall.calldataLength > 96 ? HookCall.calldataLength - 96 : 0;
  const body = HookCall.calldata + 96;
  const ergs = modexpErgs(baseLength, exponentLength, modulusLength, exponentHeadBits(body, bodyLength, baseLength, exponentLength));
  if (ergs == u64.MAX_VALUE) return FAILED;
  // The product cannot pass 2^64 where the ergs can be paid; where it does, the original wraps: keep its order of checks.
  const status = charge(ergs, ergs * MODEXP_NATIVE_PER_ERG);
  if (status) return status;

  const base = paddedPart(body, bodyLength, 0, baseLength);
  const exponent = paddedPart(body, bodyLength, baseLength, exponentLength);
  const modulus = paddedPart(body, bodyLength, <u64>baseLength + <u64>exponentLength, modulusLength);
  const output = Scratch.reserve(modulusLength);
  modexp(base, baseLength, exponent, exponentLength, modulus, modulusLength, output);
  HookCall.succeed(output, modulusLength);
  return OK;
}

/** `length` bytes of the body from `offset`, with zeros for what is beyond its end. */
function paddedPart(body: usize, bodyLength: u32, offset: u64, length: u32): usize {
  const part = Scratch.reserve(length);
  const there: u32 = offset >= <u64>bodyLength ? 0 : <u32>min<u64>(<u64>bodyLength - offset, <u64>length);
  memory.copy(part, body + <usize>offset, there);
  memory.fill(part + there, 0, length - there);
  return part;
}

/**
 * Bit length of the exponent's first min(32, length) bytes as the original reads them: bytes beyond the input are zero on the right.
 */
function exponentHeadBits(body: usize, bodyLength: u32, baseLength: u32, exponentLength: u32): u32 {
  const head = min<u32>(exponentLength, 32);
  for (let i: u32 = 0; i < head; i++) {
    const at = <u64>baseLength + <u64>i;
    const byte: u32 = at < <u64>bodyLength ? load<u8>(body + <usize>at) : 0;
    if (byte) return (head - i) * 8 - (clz<u32>(byte) - 24);
  }
  return 0;
}

/** EIP-2565 in ergs, u64.MAX_VALUE where it overflows. */
function modexpErgs(baseLength: u32, exponentLength: u32, modulusLength: u32, headBits: u32): u64 {
  const words: u64 = (<u64>max(baseLength, modulusLength) + 7) >> 3;
  const complexity = words * words;
  let iterations: u64;
  if (exponentLength <= 32) iterations = headBits == 0 ? 0 : headBits - 1;
  else iterations = 8 * (<u64>exponentLength - 32) + (max<u32>(1, headBits) - 1);
  iterations = max<u64>(1, iterations);
  // complexity < 2^58 and iterations < 2^36: the product may overflow
  if (complexity != 0 && iterations > u64.MAX_VALUE / complexity) return u64.MAX_VALUE;
  const gas = max<u64>(200, (complexity * iterations) / 3);
  return gas > u64.MAX_VALUE / ERGS_PER_GAS ? u64.MAX_VALUE : gas * ERGS_PER_GAS;
}

/** 0x06 */
export function bn254AddHook(): i32 {
  const status = charge(BN254_ADD_ERGS, BN254_ADD_NATIVE);
  if (status) return status;
  const input = fixedInput(128);
  const output = Scratch.reserve(64);
  if (!bn254Add(input, output)) return FAILED;
  HookCall.succeed(output, 64);
  return OK;
}

/** 0x07 */
export function bn254MulHook(): i32 {
  const status = charge(BN254_MUL_ERGS, BN254_MUL_NATIVE);
  if (status) return status;
  const input = fixedInput(96);
  const output = Scratch.reserve(64);
  if (!bn254Mul(input, output)) return FAILED;
  HookCall.succeed(output, 64);
  return OK;
}

/** 0x08 */
export function bn254PairingHook(): i32 {
  const length = HookCall.calldataLength;
  const pairs = length / 192;
  const status = charge(BN254_PAIRING_STATIC_ERGS + BN254_PAIRING_PAIR_ERGS * <u64>pairs, BN254_PAIRING_NATIVE * (1 + <u64>pairs));
  if (status) return status;
  if (length % 192 != 0) return FAILED;
  let result: i32 = 1;
  if (pairs) {
    const input = fixedInput(length);
    result = bn254Pairing(input, pairs);
    if (result < 0) return FAILED;
  }
  const output = Scratch.reserve(32);
  memory.fill(output, 0, 32);
  store<u8>(output + 31, <u8>result);
  HookCall.succeed(output, 32);
  return OK;
}

/** 0x09 and 0x0a: the original's mocks look at the length only and answer nothing (`mock-unsupported-precompiles`). */
export function mockHook(length: u32): i32 {
  if (HookCall.calldataLength != length) return FAILED;
  HookCall.succeed(HookCall.calldata, 0);
  return OK;
}

/** 0x100, RIP-7212 as the original has it: one byte of output, none where a value is out of range. */
export function p256Hook(): i32 {
  if (HookCall.calldataLength != 160) return FAILED;
  const status = charge(P256_VERIFY_ERGS, 0);
  if (status) return status;
  const input = fixedInput(160);
  const output = Scratch.reserve(4);
  const result = p256Verify(input, input + 32, input + 64, input + 96, input + 128);
  if (result < 0) {
    HookCall.succeed(output, 0);
    return OK;
  }
  store<u8>(output, <u8>result);
  HookCall.succeed(output, 1);
  return OK;
}
