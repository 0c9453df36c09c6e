/** Runs the commands of one script: every module is compiled with bounds checks and run in the emulator, every assertion counted once. */
import { ModuleError } from "../../../compiler/errors.ts";
import { readModule } from "../../../compiler/wasm/reader.ts";
import { validateModule } from "../../../compiler/wasm/validate.ts";
import type { Engine } from "../../../emulator/engine/engine.ts";
import { assemble } from "./assemble.ts";
import { Group, matches, type Outcome } from "./group.ts";
import {
  feature,
  instantiations,
  isMember,
  type Member,
  type Plan,
  type Planned,
  planScript,
  verdict,
} from "./plan.ts";
import type { Action, Command, ModuleSource, Value } from "./script.ts";
import { Excluded, Failed, FLOATS, REFERENCES, SIMD } from "./verdict.ts";

export interface Tally {
  passed: number;
  readonly failures: string[];
  /** reason → number of assertions */
  readonly excluded: Map<string, number>;
}

export function runScript(commands: readonly Command[], engine: Engine, tally: Tally): void {
  const script = new Script(engine, commands);
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
  private readonly plan: Plan;
  private readonly named = new Map<string, Planned>();
  private readonly registered = new Map<string, Planned>();
  private readonly groups = new Map<readonly Member[], Group | Excluded | Failed>();
  /** members that a module which is left out would have changed */
  private readonly tainted = new Map<Planned, Excluded>();
  private last: Planned = new Excluded("no module before it");

  constructor(engine: Engine, commands: readonly Command[]) {
    this.engine = engine;
    this.plan = planScript(commands);
  }

  run(command: Command): void {
    switch (command.kind) {
      case "module":
        this.defineModule(command, command.source.id, command.source);
        return;
      case "instance":
        this.defineModule(command, command.id);
        return;
      case "definition":
        return;
      case "register":
        this.registered.set(command.as, this.find(command.module));
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
        const outcome = this.instantiate(command, command.source);
        if (outcome.kind !== "trap") throw new Failed(`trap at start wanted, got ${show(outcome)}`);
        return;
      }
      case "assert_unlinkable": {
        const planned = this.plan.of.get(command);
        if (planned instanceof Error) throw planned;
        if (planned) throw new Failed(`${command.message} wanted, the modules link`);
        return;
      }
      case "foreign":
        // A module of a later proposal hides the one before it.
        if (command.head.startsWith("module")) this.last = new Excluded(command.head);
        if (command.head.startsWith("assert")) throw new Excluded(`${command.head} (exception handling)`);
        return;
    }
  }

  private defineModule(command: Command, id: string | undefined, source?: ModuleSource): void {
    let target: Planned;
    try {
      const outcome = this.instantiate(command, source);
      target = this.plan.of.get(command)!;
      if (outcome.kind !== "return") target = new Failed(`the module does not start: ${show(outcome)}`);
    } catch (error) {
      if (!(error instanceof Excluded) && !(error instanceof Failed)) throw error;
      target = error;
    }
    this.last = target;
    if (id !== undefined) this.named.set(id, target);
    if (target instanceof Failed) throw target;
  }

  private instantiate(command: Command, source?: ModuleSource): Outcome {
    const planned = this.plan.of.get(command)!;
    try {
      if (!isMember(planned)) throw planned;
      const { group, member } = this.place(planned);
      if (group.isExcluded(member)) throw new Excluded(FLOATS);
      return group.instantiate(member);
    } catch (error) {
      if (error instanceof Excluded && source) this.taint(source, error);
      throw error;
    }
  }

  /** A module that is left out may change what it imports: its exporters cannot be judged from here on. */
  private taint({ text }: ModuleSource, reason: Excluded): void {
    for (const [, name] of text.matchAll(/\(import "([^"]*)"/g)) {
      const exporter = this.registered.get(name);
      if (exporter) this.tainted.set(exporter, reason);
    }
  }

  /** The machine that a member lives in; it is made when the first member of its group is instantiated. */
  private place(planned: Member): { group: Group; member: number } {
    const members = this.plan.groups.get(planned)!;
    let group = this.groups.get(members);
    if (!group) {
      try {
        group = new Group(this.engine, instantiations(members));
      } catch (error) {
        group = verdict(error);
      }
      this.groups.set(members, group);
    }
    if (group instanceof Error) throw group;
    return { group, member: members.indexOf(planned) };
  }

  private find(id: string | undefined): Planned {
    return id === undefined ? this.last : (this.named.get(id) ?? new Failed(`no module ${id}`));
  }

  private act(action: Action): Outcome {
    const target = this.find(action.module);
    const tainted = this.tainted.get(target);
    if (tainted) throw tainted;
    if (target instanceof Excluded) throw target;
    if (!isMember(target)) throw new Failed("its module does not compile");
    const { group, member } = this.place(target);
    refuseForeign(action.args);
    if (group.isExcluded(member, action.name)) throw new Excluded(FLOATS);
    return group.invoke(member, action.name, action.args);
  }

  private assertReturn(action: Action, results: readonly Value[]): void {
    refuseForeign(results);
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

/** Values that no integer can show. */
function refuseForeign(values: readonly Value[]): void {
  for (const value of values) {
    if (value.type !== "foreign") continue;
    throw new Excluded(/^f(32|64)/.test(value.text) ? FLOATS : value.text.startsWith("v128") ? SIMD : REFERENCES);
  }
}

function assertRefused(source: ModuleSource, wanted: "invalid" | "malformed", message: string): void {
  const bytes = assemble(source, false);
  try {
    validateModule(readModule(bytes));
  } catch (error) {
    if (!(error instanceof ModuleError)) throw error;
    if (error.kind === "unsupported") throw new Excluded(feature(error));
    // wabt leaves the data count section out where there is no segment to count; the text would be malformed in binary form only.
    const artefact = wanted === "invalid" && error.message.includes("data count section required");
    if (error.kind !== wanted && !artefact) throw new Failed(`${wanted} (${message}) wanted, got ${error.message}`);
    return;
  }
  throw new Failed(`${wanted} (${message}) wanted, the module is accepted`);
}

function show(outcome: Outcome): string {
  if (outcome.kind === "return") return outcome.values.map((value) => `0x${value.toString(16)}`).join(" ") || "return";
  return outcome.kind === "fault" ? `a fault: ${outcome.message}` : outcome.kind;
}

function showValue(value: Value): string {
  return value.type === "foreign" ? value.text : `${value.type}:${value.value}`;
}
