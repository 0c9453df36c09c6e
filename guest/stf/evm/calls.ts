/**
 * CALL, CALLCODE, DELEGATECALL, STATICCALL, CREATE, CREATE2 up to the request, which the runner acts on. Conventions as in `copies.ts`.
 * On success the answer's place and the stack without the operands are in the frame.
 */
import { u256Copy, u256IsZero, u256Zero } from "../../sdk/u256";
import { ERGS_PER_GAS } from "../system/resources";
import { OK } from "../system/status";
import { ENDED_ERROR, failure, WANTS_CALL, WANTS_CREATE } from "./exit";
import { Frame } from "./frame";
import { growMemory, spend } from "./gas";
import { CALL, CALL_NATIVE, CALLCODE, CREATE_GAS, CREATE_NATIVE, DELEGATECALL, STATICCALL } from "./opcodes";
import { CALL_CODE, CALL_DELEGATE, CALL_PLAIN, Request } from "./request";
import { above32, saturated64, truncateToAddress } from "./words";

export const MAX_CODE_SIZE: u32 = 0x6000;
export const MAX_INITCODE_SIZE: u32 = 0xc000;
const INITCODE_WORD_GAS: u64 = 2;
const KECCAK_WORD_GAS: u64 = 6;
/** Gas whose ergs fit 64 bits. */
const MAX_GAS: u64 = u64.MAX_VALUE / ERGS_PER_GAS;

/** Whether an (offset, length) pair is not usable: for a length of 0 the offset does not matter. */
// @ts-ignore: decorator
@inline
function badRegion(offset: usize, length: usize): bool {
  return above32(length) != 0 || (load<u32>(length) != 0 && above32(offset) != 0);
}

export function call(frame: Frame, sp: usize, opcode: i32): usize {
  let status = spend(0, CALL_NATIVE);
  if (status != OK) return failure(status);
  frame.answerLength = 0;
  if (sp - 64 < frame.base) return ENDED_ERROR;
  const gas = saturated64(sp - 32);
  u256Copy(Request.callee, sp - 64);
  truncateToAddress(Request.callee);
  sp -= 64;
  if (opcode == CALL || opcode == CALLCODE) {
    sp -= 32;
    if (sp < frame.base) return ENDED_ERROR;
    if (opcode == CALL && frame.isStatic && !u256IsZero(sp)) return ENDED_ERROR;
    u256Copy(Request.value, sp);
    Request.scheme = opcode == CALL ? CALL_PLAIN : CALL_CODE;
  } else if (opcode == DELEGATECALL) {
    u256Copy(Request.value, frame.value);
    Request.scheme = CALL_DELEGATE;
  } else {
    u256Zero(Request.value);
    Request.scheme = CALL_PLAIN;
  }
  Request.isStatic = frame.isStatic || opcode == STATICCALL;
  const end = sp - 128;
  if (end < frame.base || badRegion(sp - 32, sp - 64) || badRegion(sp - 96, end)) return ENDED_ERROR;
  const length = load<u32>(sp - 64);
  const offset = length ? load<u32>(sp - 32) : 0;
  const answerLength = load<u32>(end);
  const answer = answerLength ? load<u32>(sp - 96) : 0;
  status = growMemory(frame, offset, length);
  if (status == OK) status = growMemory(frame, answer, answerLength);
  if (status != OK) return failure(status);
  frame.answer = answer;
  frame.answerLength = answerLength;
  frame.sp = end;
  Request.ergs = gas > MAX_GAS ? u64.MAX_VALUE : gas * ERGS_PER_GAS;
  Request.input = frame.memory + offset;
  Request.inputLength = length;
  return WANTS_CALL;
}

export function create(frame: Frame, sp: usize, isCreate2: bool): usize {
  let status = spend(CREATE_GAS, CREATE_NATIVE);
  if (status != OK) return failure(status);
  if (frame.isStatic) return ENDED_ERROR;
  frame.answerLength = 0;
  let end = sp - 96;
  if (end < frame.base || badRegion(sp - 64, end)) return ENDED_ERROR;
  const length = load<u32>(end);
  const offset = length ? load<u32>(sp - 64) : 0;
  u256Copy(Request.value, sp - 32);
  status = growMemory(frame, offset, length);
  if (status != OK) return failure(status);
  if (length > MAX_INITCODE_SIZE) return ENDED_ERROR;
  const words = <u64>((length + 31) >> 5);
  status = spend((isCreate2 ? INITCODE_WORD_GAS + KECCAK_WORD_GAS : INITCODE_WORD_GAS) * words, 0);
  if (status != OK) return failure(status);
  if (isCreate2) {
    end -= 32;
    if (end < frame.base) return ENDED_ERROR;
    u256Copy(Request.salt, end);
  }
  frame.sp = end;
  Request.isCreate2 = isCreate2;
  Request.input = frame.memory + offset;
  Request.inputLength = length;
  return WANTS_CREATE;
}
