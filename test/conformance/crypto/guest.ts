/** Runs calls of the guest's precompiles and hashes in both modes: forward in V8, proving in the emulator, with the host's hints. */
import { fileURLToPath } from "node:url";
import { compile } from "../../../compiler/index.ts";
import { engineByName } from "../../../emulator/engine/engines.ts";
import { UNSIGNED } from "../../../emulator/machine/config.ts";
import { OracleDevice } from "../../../host/oracle/device.ts";
import { answerHint, isHint } from "../../../host/oracle/hints.ts";

/** What is called: a precompile by its address, or a hash that has none. */
export const OPERATIONS = {
  ecrecover: 1,
  sha256: 2,
  ripemd160: 3,
  modexp: 5,
  bn254Add: 6,
  bn254Mul: 7,
  bn254Pairing: 8,
  p256: 0x100,
  keccak256: 0x1000,
  blake2s: 0x1001,
  sha256Chain: 0x1002,
};
export type Operation = keyof typeof OPERATIONS;

export interface Call {
  operation: Operation;
  input: Uint8Array;
}

/** What a call returned; undefined where it failed. */
export type Output = Uint8Array | undefined;

const ENTRY = fileURLToPath(new URL("guest.as.ts", import.meta.url));
const [NEXT, RESULT] = [0x57507001, 0x57507002];
const FAILED = 0xffffffff;

/** Gives the calls one by one, keeps the outputs, answers hints. */
class Server {
  readonly outputs: Output[] = [];
  readonly #calls: readonly Call[];
  #next = 0;

  constructor(calls: readonly Call[]) {
    this.#calls = calls;
  }

  answer(id: number, parameters: Uint32Array): Uint32Array {
    if (id === NEXT) return this.#task();
    if (id !== RESULT) {
      if (isHint(id)) return answerHint(id, parameters);
      throw new Error(`the guest asks query ${id}`);
    }
    const length = parameters[0]!;
    const bytes = new Uint8Array(parameters.buffer, parameters.byteOffset + 4, length === FAILED ? 0 : length);
    this.outputs.push(length === FAILED ? undefined : bytes.slice());
    return new Uint32Array(2);
  }

  #task(): Uint32Array {
    const call = this.#calls[this.#next];
    if (!call) return new Uint32Array(4);
    const { operation, input } = call;
    const words = new Uint32Array(4 + 2 * Math.ceil(input.length / 8));
    // calldata lies at any address: alignments take turns
    words.set([OPERATIONS[operation], input.length, this.#next++ & 3]);
    new Uint8Array(words.buffer).set(input, 16);
    return words;
  }
}

async function runInV8(module: WebAssembly.Module, server: Server): Promise<void> {
  let memory: WebAssembly.Memory;
  const stop = (): never => {
    throw new Error(`call ${server.outputs.length}: the guest gave up`);
  };
  const windproof = {
    oracle_query(id: number, parameters: number, count: number, answer: number, capacity: number): number {
      const words = server.answer(id, new Uint32Array(memory.buffer, parameters, count).slice());
      if (words.length > capacity) throw new Error(`${words.length} words of a task do not fit ${capacity}`);
      new Uint32Array(memory.buffer, answer, words.length).set(words);
      return words.length;
    },
    finish(): void {},
    internal_error: stop,
    unprovable: stop,
  };
  const instance = await WebAssembly.instantiate(module, { windproof, env: { abort: stop } });
  memory = instance.exports.memory as WebAssembly.Memory;
  (instance.exports.main as () => void)();
}

export interface CryptoGuest {
  forward(calls: readonly Call[]): Promise<Output[]>;
  proving(calls: readonly Call[]): Output[];
}

/** Compiles the program for both modes. @param engine a name of `emulator/engine/engines.ts` */
export async function cryptoGuest(engine: string): Promise<CryptoGuest> {
  const constants = { FLAVOUR: 0, P256: 1, REPORT: 0 };
  const { image, wasm } = await compile(ENTRY, { constants, romData: true, verify: false });
  const module = await WebAssembly.compile(new Uint8Array(wasm));
  const emulator = await engineByName(engine);
  return {
    async forward(calls) {
      const server = new Server(calls);
      await runInV8(module, server);
      return server.outputs;
    },
    proving(calls) {
      const server = new Server(calls);
      const stop = emulator.load(image, UNSIGNED, new OracleDevice(server)).run();
      if (stop.kind !== "finished")
        throw new Error(`call ${server.outputs.length}, ${calls[server.outputs.length]?.operation}: ${stop.kind}`);
      return server.outputs;
    },
  };
}
