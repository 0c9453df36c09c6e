/**
 * The state transition function: one block from the oracle to the public input.
 *
 * The build's constants (`PROVING`, `FLAVOUR`, `P256`) are described in README.md.
 */
import { initAccountCall } from "./bootloader/account-call";
import { runBlock } from "./bootloader/block";
import { initRunner } from "./bootloader/runner";
import { Transaction } from "./bootloader/transaction";
import { initTransactionHash } from "./bootloader/transaction-hash";
import { Scratch } from "./hooks/scratch";
import { initIo } from "./system/io";
import { initMetadata } from "./system/metadata";

export function main(): void {
  initMetadata();
  initIo();
  initRunner();
  Scratch.init();
  Transaction.init();
  initTransactionHash();
  initAccountCall();
  runBlock();
}
