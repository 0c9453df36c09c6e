/** The same scenes in `@ethereumjs/evm` (Cancun), as the reference that the guest is compared with. */
import { Common, Hardfork, Mainnet } from "@ethereumjs/common";
import { createEVM, type EVM } from "@ethereumjs/evm";
import { SimpleStateManager } from "@ethereumjs/statemanager";
import { Account, Address, bigIntToAddressBytes, bigIntToBytes, bytesToBigInt, setLengthLeft } from "@ethereumjs/util";
import { BLOCK, type Result, type Scene } from "./run.ts";
import type { Account as WorldAccount } from "./world.ts";

const at = (address: bigint) => new Address(bigIntToAddressBytes(address));
const word = (value: bigint) => setLengthLeft(bigIntToBytes(value), 32);
const common = new Common({ chain: Mainnet, hardfork: Hardfork.Cancun });

const block = {
  header: {
    number: BLOCK.number,
    coinbase: at(BLOCK.coinbase),
    timestamp: BLOCK.timestamp,
    difficulty: 0n,
    prevRandao: word(BLOCK.mixHash),
    gasLimit: BLOCK.gasLimit,
    baseFeePerGas: BLOCK.baseFee,
    getBlobGasPrice: () => 1n,
  },
};

const blockchain = {
  getBlock: async (number: number) => ({ hash: () => word(BLOCK.hash(BigInt(number))) }),
  putBlock: async () => {},
  shallowCopy: () => blockchain,
};

/** An instruction that is about to be executed; the last item of the stack is its top. */
interface Step {
  opcode: { name: string };
  stack: bigint[];
  memory: Uint8Array;
  /** whether the frame's contract was created in this run */
  creates: boolean;
}

/** How an instruction is recognised that is not executed as Ethereum's specification says: by a deviation of `deviations.ts`, or by the reference. */
const SHOWS_DEVIATION: Readonly<Record<string, (step: Step) => boolean>> = {
  "KECCAK256 of nothing at an offset of more than 32 bits": ({ stack }) =>
    stack.at(-2) === 0n && stack.at(-1)! >> 32n > 0n,
  // @ethereumjs/evm 10.1.3, _executeCreate: takes all gas, as if the data were code, which EIP-3541 is about
  "REVERT of a creation with data that begins with 0xEF, which the reference takes for code": ({
    stack,
    memory,
    creates,
  }) => creates && stack.at(-2)! > 0n && memory[Number(stack.at(-1))] === 0xef,
};

/** The deviation or defect that the reference's run of a scene comes by, if there is one. Slower than the run itself: for scenes that differ. */
export async function deviationOf(scene: Scene): Promise<string | undefined> {
  let met: string | undefined;
  await runReference(scene, [], (step) => {
    for (const [what, shows] of Object.entries(SHOWS_DEVIATION))
      if (what.startsWith(`${step.opcode.name} `) && shows(step)) met = what;
  });
  return met;
}

/** Runs a scene. Native is not of this world: `nativeUsed` is 0. @param also addresses whose accounts are wanted besides those that are met */
export async function runReference(
  scene: Scene,
  also: Iterable<bigint> = [],
  onStep?: (step: Step) => void,
): Promise<Result> {
  const addresses = new Set<bigint>([...scene.accounts.keys(), ...also]);
  const touched = new Map<bigint, Set<bigint>>();
  const state = new (class extends SimpleStateManager {
    // (a "step" listener would tell too, but it makes the interpreter read memory before it checks the offset)
    override async putStorage(address: Address, key: Uint8Array, value: Uint8Array): Promise<void> {
      const who = bytesToBigInt(address.bytes);
      if (!touched.has(who)) touched.set(who, new Set());
      touched.get(who)!.add(bytesToBigInt(key));
      addresses.add(who);
      return super.putStorage(address, key, value);
    }
  })({ common });
  for (const [address, account] of scene.accounts) {
    await state.putAccount(at(address), new Account(account.nonce ?? 0n, account.balance ?? 0n));
    if (account.code?.length) await state.putCode(at(address), account.code);
    for (const [key, value] of account.storage ?? []) {
      const bytes = bigIntToBytes(value);
      await state.putStorage(at(address), word(key), bytes);
    }
  }
  const evm: EVM = await createEVM({ common, stateManager: state, blockchain } as unknown as Parameters<
    typeof createEVM
  >[0]);
  for (const warm of [
    scene.caller,
    ...(scene.to === undefined ? [] : [scene.to]),
    BLOCK.coinbase,
    ...Array.from({ length: 10 }, (_, i) => BigInt(i + 1)),
  ]) {
    evm.journal.addAlwaysWarmAddress(at(warm).toString(), false);
  }
  const created = new Set<bigint>();
  evm.events?.on("newContract", (event: { address: Address }, next?: () => void) => {
    created.add(bytesToBigInt(event.address.bytes));
    addresses.add(bytesToBigInt(event.address.bytes));
    next?.();
  });
  if (onStep)
    evm.events?.on("step", (step: Omit<Step, "creates"> & { address: Address }, next?: () => void) => {
      onStep({ ...step, creates: created.has(bytesToBigInt(step.address.bytes)) });
      next?.();
    });
  const { execResult } = await evm.runCall({
    caller: at(scene.caller),
    to: scene.to === undefined ? undefined : at(scene.to),
    value: scene.value,
    data: scene.data,
    gasLimit: scene.gas,
    gasPrice: BLOCK.gasPrice,
    block,
    skipNonceIncrement: true,
  } as unknown as Parameters<EVM["runCall"]>[0]);
  const destroyed = new Set<string>();
  for (const [address] of execResult.selfdestruct ?? []) {
    if (execResult.createdAddresses?.has(address)) destroyed.add(address);
  }
  const accounts = new Map<bigint, WorldAccount>();
  for (const address of addresses) {
    const account = await state.getAccount(at(address));
    if (!account || destroyed.has(at(address).toString())) continue;
    const storage = new Map<bigint, bigint>();
    const keys = new Set([...(scene.accounts.get(address)?.storage?.keys() ?? []), ...(touched.get(address) ?? [])]);
    for (const key of keys) storage.set(key, bytesToBigInt(await state.getStorage(at(address), word(key))));
    accounts.set(address, {
      nonce: account.nonce,
      balance: account.balance,
      code: await state.getCode(at(address)),
      storage,
    });
  }
  return {
    outOfNative: false,
    success: execResult.exceptionError === undefined,
    gasUsed: execResult.executionGasUsed,
    nativeUsed: 0n,
    returnData: Buffer.from(execResult.returnValue).toString("hex"),
    logs: (execResult.logs ?? []).map(([address, topics, data]) => ({
      address: bytesToBigInt(address),
      topics: topics.map((topic) => bytesToBigInt(topic)),
      data: Buffer.from(data).toString("hex"),
    })),
    accounts,
  };
}

/** What differs between two results, in words; empty if nothing does. */
export function differences(guest: Result, reference: Result): string[] {
  const found: string[] = [];
  const compare = (what: string, a: unknown, b: unknown) => {
    if (a !== b) found.push(`${what}: ${a} instead of ${b}`);
  };
  compare("success", guest.success, reference.success);
  compare("gas used", guest.gasUsed, reference.gasUsed);
  compare("return data", guest.returnData, reference.returnData);
  const logs = (list: Result["logs"]) =>
    list
      .map((log) => `${log.address.toString(16)}[${log.topics.map((topic) => topic.toString(16))}]${log.data}`)
      .join(" ");
  compare("logs", logs(guest.logs), logs(reference.logs));
  for (const address of new Set([...guest.accounts.keys(), ...reference.accounts.keys()])) {
    const a = guest.accounts.get(address);
    const b = reference.accounts.get(address);
    const name = address.toString(16);
    compare(`nonce of ${name}`, a?.nonce ?? 0n, b?.nonce ?? 0n);
    compare(`balance of ${name}`, a?.balance ?? 0n, b?.balance ?? 0n);
    compare(`code of ${name}`, Buffer.from(a?.code ?? []).toString("hex"), Buffer.from(b?.code ?? []).toString("hex"));
    for (const key of new Set([...(a?.storage.keys() ?? []), ...(b?.storage.keys() ?? [])])) {
      compare(`storage of ${name} at ${key.toString(16)}`, a?.storage.get(key) ?? 0n, b?.storage.get(key) ?? 0n);
    }
  }
  return found;
}
