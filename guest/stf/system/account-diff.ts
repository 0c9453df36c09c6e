/** How long an account's change is in pubdata, and the changes of nonces (`AccountProperties::diff_compression_length`). */
import { u256Equal } from "../../sdk/u256";
import { BALANCE, BYTECODE_LENGTH, CODE, FLAGS, INITIAL_BALANCE, INITIAL_NONCE, NONCE, NOT_PUBLISHED } from "./account";
import { codeChanged } from "./accounts";
import { compress } from "./compression";
import { SYSTEM_SLOTS } from "./layout";

/** U256 slots for the nonces whose difference is told. */
const NONCE_BEFORE: usize = SYSTEM_SLOTS + 896;
const NONCE_AFTER: usize = SYSTEM_SLOTS + 928;

/** Bytes of an account's diff since the block's begin; its key is not counted. */
export function accountPubdata(record: usize): u32 {
  const nonceChanged = load<u64>(record, NONCE) != load<u64>(record, INITIAL_NONCE);
  const balanceChanged = !u256Equal(record + BALANCE, record + INITIAL_BALANCE);
  if (codeChanged(record)) {
    const code = <usize>load<u32>(record, CODE);
    const bytecode: u32 = load<u32>(record, FLAGS) & NOT_PUBLISHED ? 32 : 4 + load<u32>(code, BYTECODE_LENGTH);
    return 1 + 8 + compressNonce(record) + compress(record + INITIAL_BALANCE, record + BALANCE) + bytecode + 4 + 4;
  }
  if (!nonceChanged && !balanceChanged) return 0;
  let length: u32 = 1;
  if (nonceChanged) length += compressNonce(record);
  if (balanceChanged) length += compress(record + INITIAL_BALANCE, record + BALANCE);
  return length;
}

/** `compress` for an account's nonces. */
export function compressNonce(record: usize): u32 {
  store<u64>(NONCE_BEFORE, load<u64>(record, INITIAL_NONCE));
  store<u64>(NONCE_AFTER, load<u64>(record, NONCE));
  return compress(NONCE_BEFORE, NONCE_AFTER);
}
