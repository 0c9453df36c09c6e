/** Runs bytecode in the guest's EVM (forward or proving build, in V8) over a `World`. */
import { type Guest, loadGuest } from "../../../lib/guest.ts";
import { type Account, type Log, World } from "./world.ts";

export interface Scene {
  accounts: Map<bigint, { nonce?: bigint; balance?: bigint; code?: Uint8Array; storage?: Map<bigint, bigint> }>;
  caller: bigint;
  /** undefined: `data` is initcode, and the caller's nonce is already raised */
  to: bigint | undefined;
  value: bigint;
  data: Uint8Array;
  gas: bigint;
}

export interface Result {
  /** running out of native ends everything: nothing else then means anything */
  outOfNative: boolean;
  success: boolean;
  gasUsed: bigint;
  nativeUsed: bigint;
  returnData: string;
  logs: Log[];
  accounts: Map<bigint, Account>;
}

export const BLOCK = {
  chainId: 1n,
  number: 1000n,
  timestamp: 0x65000000n,
  gasLimit: 30_000_000n,
  baseFee: 7n,
  coinbase: 0xc01bba5en,
  mixHash: 0x1234567890abcdef1234567890abcdef1234567890abcdef1234567890abcdefn,
  gasPrice: 9n,
  /** of block `number` */
  hash: (number: bigint) =>
    ((number + 1n) * 0x9e3779b97f4a7c15f39cc0605cedc8341082276bf3a27251f86c6a11d0c18e95n) % (1n << 256n),
};

const REPLACE = {
  "guest/stf/system/io": "test/guest/stf/evm/fixtures/io",
  "guest/stf/system/account": "test/guest/stf/evm/fixtures/account",
};
const NO_HOOKS = { "guest/stf/hooks/table": "test/guest/stf/evm/fixtures/hooks" };
/** Where the code of the world's accounts begins, from the input on; calldata at DATA. */
const CODE = 0x400000;
const DATA = 0x10000;

/** Far from what running out of native means. */
const PLENTY = 1n << 60n;

export class EvmGuest {
  #guest: Guest;
  #input: number;
  #world: World;

  private constructor(guest: Guest, input: number) {
    this.#guest = guest;
    this.#input = input;
    this.#world = new World(() => guest.memory, input + CODE);
  }

  /** @param hooks with all precompiles, not identity alone */
  static async load(proving: boolean, hooks = false): Promise<EvmGuest> {
    let evm: EvmGuest;
    const names = Object.keys(new World(() => ({ buffer: new ArrayBuffer(0) }), 0).imports());
    const imports = Object.fromEntries(
      names.map((name) => [
        name,
        (...args: unknown[]) => (evm.#world.imports()[name] as (...a: unknown[]) => unknown)(...args),
      ]),
    );
    const guest = await loadGuest(
      "test/guest/stf/evm/fixtures/program.ts",
      {
        proving,
        replace: hooks ? REPLACE : { ...REPLACE, ...NO_HOOKS },
        pages: 8192,
        constants: { FLAVOUR: 1, P256: 0 },
      },
      {
        world: imports,
        windproof: {
          internal_error(reason: number) {
            throw new Error(`internal error ${reason}`);
          },
          oracle_query() {
            throw new Error("no oracle here");
          },
        },
      },
    );
    const input = guest.call("init");
    evm = new EvmGuest(guest, input);
    [BLOCK.baseFee, BLOCK.coinbase, BLOCK.mixHash].forEach((word, i) => {
      guest.writeNumber(input + 96 + 32 * i, word);
    });
    guest.writeNumber(input + 224, BLOCK.gasPrice);
    guest.call("setBlock", BLOCK.chainId, BLOCK.number, BLOCK.timestamp, BLOCK.gasLimit);
    const hashes = guest.call("hashes");
    for (let i = 0; i < 256; i++) {
      const hash = BLOCK.hash(BLOCK.number - 1n - BigInt(i));
      guest.write(hashes + 32 * i, Buffer.from(hash.toString(16).padStart(64, "0"), "hex"));
    }
    return evm;
  }

  run(scene: Scene, native = PLENTY): Result {
    const guest = this.#guest;
    const world = new World(() => guest.memory, this.#input + CODE);
    this.#world = world;
    for (const [address, account] of scene.accounts) {
      Object.assign(world.account(address), account, { storage: new Map(account.storage ?? []) });
    }
    for (const warm of [
      scene.caller,
      ...(scene.to === undefined ? [] : [scene.to]),
      BLOCK.coinbase,
      ...Array.from({ length: 10 }, (_, i) => BigInt(i + 1)),
    ])
      world.warm(warm);
    [scene.caller, scene.to ?? 0n, scene.value].forEach((word, i) => {
      guest.writeNumber(this.#input + 32 * i, word);
    });
    guest.writeNumber(this.#input + 192, scene.caller);
    const data = this.#input + DATA;
    guest.write(data, scene.data);
    guest.call("forgetCode");
    const ergs = scene.gas << 8n;
    const status =
      scene.to === undefined
        ? guest.call("create", ergs, native, data, scene.data.length, world.account(scene.caller).nonce - 1n)
        : guest.call("call", ergs, native, data, scene.data.length);
    const success = status === 0 && guest.call("reverted") === 0;
    // the frame of the transaction
    if (!success) (world.imports().finishFrame as (handle: number, revert: number) => void)(0, 1);
    world.finish();
    return {
      outOfNative: status !== 0,
      success,
      gasUsed: scene.gas - (BigInt.asUintN(64, BigInt(guest.call("ergs"))) >> 8n),
      nativeUsed: native - BigInt.asUintN(64, BigInt(guest.call("native"))),
      returnData: Buffer.from(guest.read(guest.call("returnData"), guest.call("returnLength"))).toString("hex"),
      logs: world.logs,
      accounts: world.accounts,
    };
  }
}
