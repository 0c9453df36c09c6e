/**
 * Where ZKsync OS at 0a82da0 is not Ethereum's Cancun, as far as tests of the EVM alone can see: each with the source of the behaviour and the tests of
 * GeneralStateTests that meet it. `run.ts` and `reference.ts` need none of it for random scenes but the first.
 */
export interface Deviation {
  what: string;
  /** in matter-labs/zksync-os */
  source: string;
  /** names of files of GeneralStateTests */
  tests?: RegExp;
}

export const DEVIATIONS: readonly Deviation[] = [
  {
    what: "code that a creation may not have (0xEF, too long) is left to the creator as return data",
    source: "evm_interpreter/src/interpreter.rs, create_immediate_return_state",
    tests:
      /randomStatetest643|CREATE_ContractRETURNBigOffset|codesizeOOGInvalidSize|CreateTransactionRefundEF|Opcodes_TransactionInit|CreateOOGFromEOARefunds/,
  },
  {
    what: "storage at the address is no collision",
    source: "evm_interpreter/src/ee_trait_impl.rs, prepare_for_deployment; docs/execution_environments/evm.md",
    tests: /create2collisionStorage|RevertInCreateInInit|InitCollisionParis|dynamicAccountOverwriteEmpty/,
  },
  {
    what: "a collision of a creation transaction leaves it one 64th of its gas",
    source: "evm_interpreter/src/ee_trait_impl.rs, prepare_for_deployment",
    tests:
      /TransactionCollisionToEmptyBut|initCollidingWithNonEmptyAccount|transactionCollidingWithNonEmptyAccount_init|createJS_ExampleContract/,
  },
  {
    what: "KECCAK256 of nothing fails at an offset of more than 32 bits",
    source: "evm_interpreter/src/instructions/system.rs, sha3",
    tests: /randomStatetest14\.|sha3_deja/,
  },
  {
    what: "BLAKE2F is a mock",
    source: "system_hooks/src/mock_precompiles.rs",
    tests: /blake2|CALLBlake/i,
  },
  {
    what: "there are no blobs: BLOBHASH is 0, BLOBBASEFEE 1, and the point evaluation precompile is a mock",
    source: "evm_interpreter/src/instructions/environment.rs, system_hooks/src/mock_precompiles.rs",
    tests: /point_evaluation|4844/i,
  },
  {
    what: "there is no contract of beacon roots",
    source: "docs/execution_environments/evm.md",
    tests: /beacon_root|4788/,
  },
  { what: "PREVRANDAO is the block's mix hash", source: "evm_interpreter/src/instructions/environment.rs, difficulty" },
  {
    what: "no gas is refunded for storage that is cleared",
    source: "basic_bootloader/src/bootloader/process_transaction.rs",
  },
];
