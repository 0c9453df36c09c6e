/** Names of the numbers that the guest gives: why a transaction is not valid, why a run cannot go on. */

/** `guest/stf/bootloader/invalid.ts`; names and form are those of the original's `InvalidTransaction`, with `{}` for the values that some have. */
const INVALID: Readonly<Record<number, string>> = {
  1: "InvalidEncoding",
  2: "InvalidStructure",
  3: "PriorityFeeGreaterThanMaxFee",
  4: "BaseFeeGreaterThanMaxFee",
  6: "CallerGasLimitMoreThanBlock",
  8: "RejectCallerWithCode",
  9: "LackOfFundForMaxFee { fee: {}, balance: {} }",
  11: "NonceOverflowInTransaction",
  12: "NonceTooHigh { tx: {}, state: {} }",
  13: "NonceTooLow { tx: {}, state: {} }",
  14: "MalleableSignature",
  15: "IncorrectFrom { tx: Bits({}), recovered: Bits({}) }",
  16: "CreateInitCodeSizeLimit",
  19: "GasPerPubdataTooHigh",
  20: "BlockGasLimitTooHigh",
  21: "UpgradeTxNotFirst",
  22: "Revert",
  23: "ReceivedInsufficientFees { received: {}, required: {} }",
  24: "InvalidMagic",
  25: "InvalidReturndataLength",
  26: "OutOfGasDuringValidation",
  27: "OutOfNativeResourcesDuringValidation",
  28: "NonceUsedAlready",
  29: "NonceNotIncreased",
  34: "UpgradeTxFailed",
};

export function invalidReason(code: number, values: readonly bigint[]): string {
  const left = [...values];
  return (INVALID[code] ?? `reason ${code}`).replace(/\{\}/g, () => String(left.shift()));
}

/** Internal errors by number: the rooms of `guest/stf` that name them. A block that leads to one is not provable. */
const INTERNAL: Readonly<Record<number, string>> = {
  1: "out of ergs although they are unlimited",
  2: "native resources given back twice",
  3: "an account of an execution environment that this build does not have (a direct call of an EOA to a system contract that emits events ends here)",
  4: "a deployed account whose nonce cannot be set",
  5: "a deployment whose value cannot be transferred",
  6: "a call with a modifier that does not go with it",
  7: "EVM memory is exhausted",
  8: "a transaction whose calls return more than 128 MiB in all",
  100: "the memory of io is full",
  101: "frames nest deeper than calls can",
  102: "the oracle's answer about a slot has a wrong size",
  103: "a preimage that has not the size that an account says",
  104: "a balance that was not read before",
  105: "a self-destruction whose money cannot be moved",
  106: "an account whose properties contradict themselves",
  107: "more logs than there is room for",
  108: "resources ran out after the last transaction",
  109: "a transaction with more changes than the journal holds",
  110: "code at the formal address 0x8003 changed a slot that belongs to no account of the block",
  300: "a precompile wants more scratch memory than there is",
  301: "the base token does not own the amount to withdraw",
  400: "a transaction of a size that cannot be",
  401: "native per pubdata overflows",
  402: "the intrinsic pubdata's cost overflows",
  403: "a fee overflows",
  404: "an L1 transaction whose deposit does not cover value and fee",
  405: "the native price is 0",
  406: "a nonce changed during validation",
  407: "the pubdata's cost overflows",
  408: "a paymaster that agreed to pay: the original stops here (todo!)",
  409: "the bootloader's balance fell during payment",
  410: "the refund cannot be paid",
  411: "minting failed",
  412: "fees cannot be moved to the coinbase",
  413: "a value that is not an address",
  414: "the base fee does not fit 64 bits",
  415: "more gas used than there was",
  416: "a wasm deployment, which this build does not have",
  417: "an access list that is longer than 16 MiB once its shared keys are written out",
};

export function internalReason(code: number): string {
  return INTERNAL[code] ?? `internal error ${code}`;
}
