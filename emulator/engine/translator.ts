/**
 * The translator: the fast engine. Code that is arrived at often is translated to WebAssembly, a batch of regions at a time; the rest is interpreted, and
 * whatever is not plain left to `BaseMachine.step`. Parts in `translate/`.
 */
import type { MachineConfig } from "../machine/config.ts";
import { ENGINE, ROM_SIZE } from "../machine/layout.ts";
import type { KnownImage } from "./decoded-words.ts";
import type { Engine, TapeDevice } from "./engine.ts";
import { InterpreterMachine } from "./interpreter.ts";
import { CodeImage } from "./translate/code-image.ts";
import { driverModule, watchingInterpreter } from "./translate/module.ts";
import { CAREFUL } from "./translate/region-code.ts";
import { type Observed, OFTEN, TABLES, type TranslatedModule, Translation } from "./translate/translation.ts";

let driver: WebAssembly.Module | undefined;
let interpreter: WebAssembly.Module | undefined;

/** What was translated of images that machines were loaded with, and that are still as they were. */
const translations = new WeakMap<KnownImage, Translation>();

/** Cycles for which nothing new is translated. */
const FEW = 1000;
/**
 * Cycles that are interpreted at a time. A place is translated when execution has arrived there `OFTEN` times. Block 22244135, CPU of the main thread: translated at once
 * 0.81 s, after 200 jumps 0.73 s, after 1000 0.53 s; interpreted 0.67 s. Since the driver
 * interprets too, after 500: 0.49 s, 1000: 0.43 s, 2000: 0.42 s, 4000: 0.44 s.
 */
const INTERPRETED = 2 ** 18;
const WATCHED = { regions: TABLES.regions, jumps: TABLES.jumps, often: OFTEN, stopped: ENGINE.left };

/** What a machine has translated itself, for benchmarks and reports. */
export interface TranslationStatistics {
  modules: number;
  regions: number;
  instructions: number;
  /** of WebAssembly */
  bytes: number;
  milliseconds: number;
}

export class TranslatorMachine extends InterpreterMachine {
  protected override readonly slice = 2 ** 28;
  readonly #eager: boolean;
  readonly #drive: (pc: number, left: number, few: number) => number;
  readonly #table: WebAssembly.Table;
  /** Table index by word of ROM, 0 for none. */
  readonly #indexOf: Uint32Array;
  readonly #observed: Observed;
  readonly #halfwords: Uint16Array;
  readonly #imports: WebAssembly.Imports;
  #translation: Translation | undefined;
  /** Modules of `#translation` that this machine has instantiated. */
  #adopted = 0;
  /** Whether the code is the image's, with no breakpoints. */
  #isAsLoaded = true;
  #breakpointsThen: readonly number[] = [];
  readonly statistics: TranslationStatistics = { modules: 0, regions: 0, instructions: 0, bytes: 0, milliseconds: 0 };

  /** @param eager translates whatever is jumped to, and all by itself, for tests */
  constructor(image: Uint8Array, config: MachineConfig, tape: TapeDevice, eager = false) {
    super(image, config, tape, {
      module: (interpreter ??= new WebAssembly.Module(watchingInterpreter(WATCHED))),
      imports: {},
    });
    const { buffer } = this.store.memory;
    this.#indexOf = new Uint32Array(buffer, TABLES.regions, ROM_SIZE / 4);
    this.#observed = {
      jumps: new Uint16Array(buffer, TABLES.jumps, ROM_SIZE / 4),
      marks: new Uint8Array(buffer, TABLES.marks, ROM_SIZE / 4),
    };
    this.#eager = eager;
    if (eager) this.#observed.jumps.fill(OFTEN);
    else this.#translation = translations.get(this.image);
    this.#halfwords = new Uint16Array(buffer);
    this.#table = new WebAssembly.Table({ element: "anyfunc", initial: 1 });
    driver ??= new WebAssembly.Module(driverModule(WATCHED, INTERPRETED));
    const common = { memory: this.store.memory, table: this.#table };
    const translate = (request: number) => this.#translate(request);
    const { exports } = new WebAssembly.Instance(driver, { env: { ...common, translate, interpret: this.interpret } });
    this.#drive = exports.run as (pc: number, left: number, few: number) => number;
    const request = exports.request as (request: number) => number;
    this.#imports = { env: { ...common, translate: request, ...this.tapeImports, ...this.delegate } };
  }

  /** Interprets until code is translated or worth it, executes that, and so on. */
  protected override advance(count: number): number {
    const { pc } = this;
    if (pc >= ROM_SIZE || pc % 4 !== 0) return 0;
    const left = this.#drive(pc, count, this.#eager ? 0 : FEW);
    const end = this.store.words[ENGINE.pc / 4];
    // flags of regions are in the low bits of a pc in the ROM; a jump out of it keeps all of its pc
    this.pc = end < ROM_SIZE ? end & ~3 : end;
    return count - left;
  }

  protected override prepare(): void {
    super.prepare();
    const { breakpoints } = this;
    const then = this.#breakpointsThen;
    if (breakpoints.size !== then.length || !then.every((address) => breakpoints.has(address))) {
      this.#breakpointsThen = [...breakpoints];
      this.#forget();
    }
    this.#adopt();
  }

  protected override codeChanged(address: number): void {
    super.codeChanged(address);
    this.#forget();
  }

  /** Drops all translated code: from now on this machine's is its own. */
  #forget(): void {
    this.#translation = undefined;
    this.#adopted = 0;
    this.#isAsLoaded = false;
    this.#indexOf.fill(0);
    for (let i = 1; i < this.#table.length; i++) this.#table.set(i, null);
  }

  /** @returns the table index of the region at an address, newly translated with what it calls; 0 when it is to be interpreted, or not even one instruction can be executed there */
  #translate(request: number): number {
    const pc = request & (ROM_SIZE - 4);
    const word = pc >>> 2;
    const started = performance.now();
    this.#translation ??= this.#newTranslation();
    this.#adopt();
    const isKnown = (request & CAREFUL) === 0 || this.#translation.isCareful(pc);
    if (isKnown && this.#indexOf[word] !== 0) return this.#indexOf[word];
    const { modules } = this.#translation;
    const before = modules.length;
    const isThere = this.#translation.translate(request, this.#observed);
    this.#adopt();
    const { statistics } = this;
    for (const { pcs, instructions, bytes } of modules.slice(before)) {
      statistics.modules++;
      statistics.regions += pcs.length;
      statistics.instructions += instructions;
      statistics.bytes += bytes;
    }
    statistics.milliseconds += performance.now() - started;
    return isThere ? this.#indexOf[word] : 0;
  }

  /** Of the image as it was loaded it is for all machines with it. */
  #newTranslation(): Translation {
    const words = this.store.words.subarray(0, ROM_SIZE / 4);
    if (this.#eager || !this.#isAsLoaded)
      return new Translation(new CodeImage(words, this.decodedWords, this.imageBytes), this.#eager);
    let shared = translations.get(this.image);
    if (!shared) {
      shared = new Translation(new CodeImage(this.image.words, this.image.decoded, this.imageBytes), false);
      translations.set(this.image, shared);
    }
    return shared;
  }

  /** Takes over what this machine or others have translated. */
  #adopt(): void {
    const translation = this.#translation;
    if (!translation) return;
    const { modules, tableLength } = translation;
    if (tableLength > this.#table.length) this.#table.grow(Math.max(tableLength, 1024));
    for (; this.#adopted < modules.length; this.#adopted++) this.#instantiate(modules[this.#adopted]);
  }

  #instantiate({ module, first, pcs, replaced, caseMaps }: TranslatedModule): void {
    for (const { at, cases } of caseMaps) this.#halfwords.set(cases, at / 2);
    new WebAssembly.Instance(module, this.#imports);
    for (const [i, pc] of pcs.entries()) {
      for (const old of replaced[i]) this.#table.set(old, this.#table.get(first + i));
      this.#indexOf[pc >>> 2] = first + i;
    }
  }
}

/** Interprets nothing that it can translate: for tests of the translation. */
export const eagerTranslator: Engine = {
  name: "translator",
  load: (image, config, tape) => new TranslatorMachine(image, config, tape, true),
};

export const translator: Engine = {
  name: "translator",
  load: (image, config, tape) => new TranslatorMachine(image, config, tape),
};
