/**
 * The guest's precompiles and hashes as a server: asks for a task, gives its output, until there is none. The same program in forward mode and as an image.
 *
 * Query NEXT: answer words operation (0: no more), length in bytes, alignment (0…3), 0, then the input's bytes. Query RESULT: parameters are the output's length
 * (ALL_ONES: the call failed) and its bytes.
 */
import { blake2s256 } from "../../../guest/crypto/blake2s";
import { keccak256 } from "../../../guest/crypto/keccak256";
import { ask } from "../../../guest/sdk/oracle";
import { alloc } from "../../../guest/sdk/memory";
import { finish } from "../../../guest/sdk/machine";
import { HookCall } from "../../../guest/stf/hooks/call";
import {
  bn254AddHook,
  bn254MulHook,
  bn254PairingHook,
  ecrecoverHook,
  endPrecompile,
  modexpHook,
  p256Hook,
  ripemd160Hook,
  sha256Hook,
} from "../../../guest/stf/hooks/precompiles";
import { Scratch } from "../../../guest/stf/hooks/scratch";
import { initHashes } from "../../../guest/stf/system/hashes";
import { Resources } from "../../../guest/stf/system/resources";

const NEXT: u32 = 0x57507001;
const RESULT: u32 = 0x57507002;
const ALL_ONES: u32 = 0xffffffff;

/** Operations that are no precompile's address. */
const KECCAK: u32 = 0x1000;
const BLAKE2S: u32 = 0x1001;
const SHA256_CHAIN: u32 = 0x1002;

const WORDS: u32 = 1 << 18;

let input: usize = 0;
let output: usize = 0;

/** The inner loop of NIST's Monte Carlo test (SHAVS 6.4): each message is the last three digests. */
function sha256Chain(seed: usize): void {
  memory.copy(output, seed, 32);
  for (let i: usize = 0; i < 3; i++) memory.copy(input + 32 * i, output, 32);
  for (let i = 0; i < 1000; i++) {
    precompile(2, input, 96);
    memory.copy(input, input + 32, 64);
    memory.copy(input + 64, HookCall.returnData, 32);
  }
  HookCall.succeed(input + 64, 32);
}

function precompile(address: u32, data: usize, length: u32): void {
  Scratch.reset();
  Resources.ergs = 1 << 62;
  Resources.native = 1 << 62;
  HookCall.calldata = data;
  HookCall.calldataLength = length;
  let status: i32 = 0;
  if (address == 1) status = ecrecoverHook();
  else if (address == 2) status = sha256Hook();
  else if (address == 3) status = ripemd160Hook();
  else if (address == 5) status = modexpHook();
  else if (address == 6) status = bn254AddHook();
  else if (address == 7) status = bn254MulHook();
  else if (address == 8) status = bn254PairingHook();
  else status = p256Hook();
  endPrecompile(status);
}

function run(operation: u32, data: usize, length: u32): void {
  HookCall.succeed(output, 32);
  if (operation == KECCAK) keccak256(data, length, output);
  else if (operation == BLAKE2S) blake2s256(data, length, output);
  else if (operation == SHA256_CHAIN) sha256Chain(data);
  else precompile(operation, data, length);
}

export function main(): void {
  initHashes();
  Scratch.init();
  const task = alloc(WORDS << 2, 32);
  input = alloc(WORDS << 2, 32);
  output = alloc(WORDS << 2, 32);
  for (;;) {
    ask(NEXT, task, 0, task, WORDS);
    const operation = load<u32>(task);
    if (!operation) break;
    const length = load<u32>(task, 4);
    const data = input + load<u32>(task, 8);
    memory.copy(data, task + 16, length);
    run(operation, data, length);
    const returned = HookCall.returnLength;
    store<u32>(task, HookCall.reverted ? ALL_ONES : returned);
    memory.copy(task + 4, HookCall.returnData, returned);
    ask(RESULT, task, 1 + ((returned + 3) >> 2), input, WORDS);
  }
  finish(0, 0, 0, 0, 0, 0, 0, 0);
}
