/** Runs the commands of one script: every module is compiled with bounds checks and run in the emulator, every assertion counted once. */
import { ModuleError } from "../../../compiler/errors.ts";
import type { WasmModule } from "../../../compiler/wasm/module.ts";
import { readModule } from "../../../compiler/wasm/reader.ts";
import { validateModule } from "../../../compiler/wasm/validate.ts";
import type { Engine } from "../../../emulator/engine/engine.ts";
import { wat } from "../../lib/wat.ts";
import { Instance, matches } from "./instance.ts";
import { withoutFloats } from "./integers.ts";
import type { Action, Command, ModuleSource, Value } from "./script.ts";
import { isStateless, linkFunctions, provideSpectest, spectestGlobals } from "./spectest.ts";

export interface Tally {
  passed: number;
  readonly failures: string[];
  /** reason → number of assertions */
  readonly excluded: Map<string, number>;
}

/** Thrown for what cannot be judged here; the message is the reason. */
class Excluded extends Error {}

/** `failed`: what the assertion wanted and what came. */
class Failed extends Error {}

/** A module that stands for later actions: an instance, or why there is none. */
type Target = Instance | Excluded | Failed;

export function runScript(commands: readonly Command[], engine: Engine, tally: Tally): void {
  const script = new Script(engine);
  for (const command of commands) {
    const assertion = command.kind.startsWith("assert");
    try {
      script.run(command);
      if (assertion) tally.passed++;
    } catch (error) {
      if (error instanceof Excluded) {
        if (assertion) tally.excluded.set(error.message, (tally.excluded.get(error.message) ?? 0) + 1);
      } else if (error instanceof Failed)
        tally.failures.push(`line ${command.line}: ${command.kind}: ${error.message}`);
      else throw error;
    }
  }
}

class Script {
  private readonly engine: Engine;
  private readonly named = new Map<string, Target>();
  /** modules without state, whose functions others may import */
  private readonly library = new Map<string, WasmModule>();
  private readonly modules = new Map<Target, WasmModule>();
  private decoded: WasmModule | undefined;
  private readonly registered = new Map<string, Target>();
  /** Instances that a module which cannot be linked would have changed. */
  private readonly shared = new Set<Target>();
  private last: Target = new Excluded("no module before it");

  constructor(engine: Engine) {
    this.engine = engine;
  }

  run(command: Command): void {
    switch (command.kind) {
      case "module":
        this.defineModule(command.source);
        return;
      case "register":
        this.register(command.as, this.find(command.module));
        return;
      case "action":
        this.act(command.action);
        return;
      case "assert_return":
        this.assertReturn(command.action, command.results);
        return;
      case "assert_trap":
      case "assert_exhaustion": {
        const wanted = command.kind === "assert_trap" ? "trap" : "exhaustion";
        const outcome = this.act(command.action);
        if (outcome.kind !== wanted) throw new Failed(`${command.action.name}: ${wanted} wanted, got ${show(outcome)}`);
        return;
      }
      case "assert_invalid":
      case "assert_malformed":
        assertRefused(command.source, command.kind === "assert_invalid" ? "invalid" : "malformed", command.message);
        return;
      case "assert_uninstantiable": {
        this.taint(command.source);
        const instance = this.instantiate(command.source);
        if (instance.outcome.kind !== "trap") throw new Failed(`trap at start wanted, got ${show(instance.outcome)}`);
        return;
      }
      case "assert_unlinkable":
        throw new Excluded(LINKING);
      case "foreign":
        // A module of a later proposal hides the one before it.
        if (command.head.startsWith("module"))
          this.last = new Excluded("module definitions and instances (WebAssembly 3)");
        if (command.head.startsWith("assert")) throw new Excluded(`${command.head} (exception handling)`);
        return;
    }
  }

  private defineModule(source: ModuleSource): void {
    let target: Target;
    this.decoded = undefined;
    try {
      const { instance, outcome } = this.instantiate(source);
      target = outcome.kind === "return" ? instance : new Failed(`the module does not start: ${show(outcome)}`);
    } catch (error) {
      if (!(error instanceof Excluded) && !(error instanceof Failed)) throw error;
      target = error;
      this.taint(source);
    }
    this.last = target;
    if (this.decoded) this.modules.set(target, this.decoded);
    if (source.id) this.named.set(source.id, target);
    if (target instanceof Failed) throw target;
  }

  /** A module that is left out may change what it imports: its exporters cannot be judged from here on. */
  private taint({ text }: ModuleSource): void {
    for (const [, name] of text.matchAll(/\(import "([^"]*)"/g)) {
      const exporter = this.registered.get(name);
      if (exporter) this.shared.add(exporter);
    }
  }

  private instantiate(source: ModuleSource): { instance: Instance; outcome: ReturnType<Instance["start"]> } {
    const bytes = assemble(source, true);
    try {
      const decoded = readModule(bytes, spectestGlobals);
      validateModule(decoded);
      this.decoded = decoded;
      const provided = provideSpectest(linkFunctions(decoded, this.library));
      if ("missing" in provided) throw new Excluded(LINKING);
      const { module, excluded } = withoutFloats(provided.module);
      if (module.start !== undefined && excluded.has(module.start)) throw new Excluded(FLOATS);
      const instance = new Instance(this.engine, module, excluded);
      return { instance, outcome: instance.start() };
    } catch (error) {
      if (error instanceof Excluded) throw error;
      if (!(error instanceof ModuleError))
        throw new Failed(`the compiler breaks: ${error instanceof Error ? error.message : error}`);
      if (error.kind === "unsupported") throw new Excluded(error.what.replace(/^unsupported WebAssembly: /, ""));
      throw new Failed(`a valid module is refused: ${error.message}`);
    }
  }

  private register(name: string, target: Target): void {
    this.registered.set(name, target);
    const module = this.modules.get(target);
    if (module && isStateless(module)) this.library.set(name, module);
    else this.library.delete(name);
  }

  private find(id: string | undefined): Target {
    if (id === undefined) return this.last;
    return this.named.get(id) ?? new Excluded("module definitions and instances (WebAssembly 3)");
  }

  private act(action: Action): ReturnType<Instance["invoke"]> {
    const target = this.find(action.module);
    if (this.shared.has(target)) throw new Excluded(LINKING);
    if (target instanceof Excluded) throw target;
    if (target instanceof Failed) throw new Failed("its module does not compile");
    const foreign = action.args.find(({ type }) => type === "foreign");
    if (foreign || target.isExcluded(action.name)) throw new Excluded(FLOATS);
    return target.invoke(action.name, action.args);
  }

  private assertReturn(action: Action, results: readonly Value[]): void {
    if (results.some(({ type }) => type === "foreign")) throw new Excluded(FLOATS);
    const outcome = this.act(action);
    const good =
      outcome.kind === "return" &&
      outcome.values.length === results.length &&
      results.every((expected, i) => matches(expected, outcome.values[i]));
    const wanted = results.map(showValue).join(" ");
    if (!good)
      throw new Failed(
        `${action.name}(${action.args.map(showValue).join(" ")}): ${wanted} wanted, got ${show(outcome)}`,
      );
  }
}

const LINKING = "linking: an image is one module, imports are the machine's instructions";
const FLOATS = "floats, SIMD or references of WebAssembly 3";

function assertRefused(source: ModuleSource, wanted: "invalid" | "malformed", message: string): void {
  const bytes = assemble(source, false);
  try {
    validateModule(readModule(bytes));
  } catch (error) {
    if (!(error instanceof ModuleError)) throw error;
    if (error.kind === "unsupported") throw new Excluded(error.what.replace(/^unsupported WebAssembly: /, ""));
    // wabt leaves the data count section out where there is no segment to count; the text would be malformed in binary form only.
    const artefact = wanted === "invalid" && error.message.includes("data count section required");
    if (error.kind !== wanted && !artefact) throw new Failed(`${wanted} (${message}) wanted, got ${error.message}`);
    return;
  }
  throw new Failed(`${wanted} (${message}) wanted, the module is accepted`);
}

/**
 * A valid module behaves the same when its function references lose their types: no instruction that accepts them looks at the type
 * (those of WebAssembly 3 that do are not accepted). Types are what invalid modules are about, so those are left as they are.
 */
function eraseReferences(text: string): string {
  if (/\((rec|sub|struct|array)[\s)]/.test(text)) return text;
  return text
    .replace(/\(ref (null )?extern\)/g, "externref")
    .replace(/\(ref (null )?(func|\$\w+|\d+)\)/g, "funcref")
    .replace(/\(ref\.null (\$\w+|\d+)\)/g, "(ref.null func)");
}

function assemble(source: ModuleSource, erase: boolean): Uint8Array {
  if (source.form === "binary") return source.bytes;
  if (source.form === "quote")
    throw new Excluded("text format: the test is for parsers of text, which the compiler does not read");
  const text = erase ? eraseReferences(source.text) : source.text;
  if (/\((ref|rec|sub|struct|array)[\s)]/.test(text)) throw new Excluded(FLOATS);
  try {
    return wat(text);
  } catch (error) {
    const reason = /error: ([^\n]*)/.exec(error instanceof Error ? error.message : "")?.[1] ?? "unknown";
    const known = wabtGaps.find(([pattern]) => pattern.test(reason));
    throw new Excluded(known ? known[1] : `wabt does not assemble it: ${reason}`);
  }
}

/** What wabt says → the feature. */
const wabtGaps: readonly [RegExp, string][] = [
  [/call_ref|as_non_null|anyref|nullref|"(null|func|extern|any)"|rec|sub|array|struct|reference type/, FLOATS],
];

function show(outcome: ReturnType<Instance["invoke"]>): string {
  if (outcome.kind === "return") return outcome.values.map((value) => `0x${value.toString(16)}`).join(" ") || "return";
  return outcome.kind === "fault" ? `a fault: ${outcome.message}` : outcome.kind;
}

function showValue(value: Value): string {
  return value.type === "foreign" ? value.text : `${value.type}:${value.value}`;
}
