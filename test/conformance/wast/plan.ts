/**
 * What a script's modules are and which of them belong together, before the first one runs: modules that import from each other become one image.
 * Names are followed as the script defines and registers them.
 */
import { ModuleError } from "../../../compiler/errors.ts";
import { type Instantiation, linkInstances } from "../../../compiler/wasm/link-modules.ts";
import type { WasmModule } from "../../../compiler/wasm/module.ts";
import { readModule } from "../../../compiler/wasm/reader.ts";
import { validateModule } from "../../../compiler/wasm/validate.ts";
import { assemble } from "./assemble.ts";
import type { Command, ModuleSource } from "./script.ts";
import { spectest } from "./spectest.ts";
import { Excluded, Failed } from "./verdict.ts";

/** A module to be instantiated, with those that its imports come from. */
export interface Member {
  readonly module: WasmModule;
  readonly scope: ReadonlyMap<string, Member>;
}

/** What a name of the script stands for. */
export type Planned = Member | Excluded | Failed;

export interface Plan {
  /** by the command that instantiates; for `assert_unlinkable` undefined when the module does not link */
  readonly of: ReadonlyMap<Command, Planned | undefined>;
  /** for each member all that it belongs together with, exporters before importers */
  readonly groups: ReadonlyMap<Member, readonly Member[]>;
}

export const isMember = (planned: Planned): planned is Member => !(planned instanceof Error);

export function instantiations(members: readonly Member[]): Instantiation[] {
  const place = new Map(members.map((member, index) => [member, index]));
  return members.map(({ module, scope }) => ({
    module,
    scope: new Map([...scope].map(([name, exporter]) => [name, place.get(exporter)!])),
  }));
}

export function planScript(commands: readonly Command[]): Plan {
  const planner = new Planner();
  for (const command of commands) planner.see(command);
  return { of: planner.of, groups: planner.groups() };
}

const unknown = new Excluded("no module before it");

class Planner {
  readonly of = new Map<Command, Planned | undefined>();
  private readonly members: Member[] = [];
  private readonly named = new Map<string, Planned>();
  private readonly registered = new Map<string, Planned>();
  private readonly definitions = new Map<string | undefined, ModuleSource>();
  private last: Planned = unknown;

  see(command: Command): void {
    switch (command.kind) {
      case "module":
        this.define(command.source);
        this.name(command, command.source.id, this.make(command.source));
        return;
      case "definition":
        this.define(command.source);
        return;
      case "instance": {
        const source = this.definitions.get(command.of);
        this.name(command, command.id, source ? this.make(source) : new Failed("no such definition"));
        return;
      }
      case "register":
        this.registered.set(
          command.as,
          command.module === undefined ? this.last : (this.named.get(command.module) ?? unknown),
        );
        return;
      case "assert_uninstantiable":
        this.of.set(command, this.make(command.source));
        return;
      case "assert_unlinkable": {
        try {
          const made = this.link(command.source, false);
          this.of.set(command, made);
        } catch (error) {
          this.of.set(
            command,
            error instanceof ModuleError && error.kind === "unlinkable" ? undefined : verdict(error),
          );
        }
        return;
      }
    }
  }

  private define(source: ModuleSource): void {
    this.definitions.set(source.id, source);
    this.definitions.set(undefined, source);
  }

  private name(command: Command, id: string | undefined, planned: Planned): void {
    this.of.set(command, planned);
    this.last = planned;
    if (id !== undefined) this.named.set(id, planned);
  }

  private make(source: ModuleSource): Planned {
    try {
      const member = this.link(source);
      this.members.push(member);
      return member;
    } catch (error) {
      return verdict(error);
    }
  }

  /** @throws ModuleError for what is wrong with it; Excluded, Failed */
  private link(source: ModuleSource, erase = true): Member {
    const module = readModule(assemble(source, erase));
    validateModule(module);
    const scope = new Map<string, Member>();
    for (const { import: from } of [
      ...module.functions,
      ...module.tables,
      ...module.memories,
      ...module.globals,
      ...module.tags,
    ]) {
      if (!from || scope.has(from.module)) continue;
      const exporter = from.module === "spectest" ? spectestMember : this.registered.get(from.module);
      if (exporter instanceof Error) throw exporter;
      if (!exporter) throw new ModuleError("unlinkable", `no module ${from.module}`, "imports");
      scope.set(from.module, exporter);
    }
    const member = { module, scope };
    linkInstances(instantiations(withExporters([member])), 0);
    return member;
  }

  groups(): Map<Member, Member[]> {
    const groups = new Map<Member, Member[]>();
    for (const member of this.members) {
      const joined = new Set<Member[]>();
      for (const exporter of member.scope.values()) {
        const group = groups.get(exporter);
        if (group && exporter !== spectestMember) joined.add(group);
      }
      const all = [...[...joined].flat(), member];
      for (const one of all) groups.set(one, all);
    }
    const order = new Map(this.members.map((member, index) => [member, index]));
    for (const group of new Set(groups.values())) {
      group.sort((a, b) => order.get(a)! - order.get(b)!);
      // each group has a host module of its own
      if (group.some(({ scope }) => scope.has("spectest"))) group.unshift(spectestMember);
    }
    return groups;
  }
}

const spectestMember: Member = { module: spectest, scope: new Map() };

/** Members with all that they import from, exporters first. */
function withExporters(members: readonly Member[]): Member[] {
  const all = new Set<Member>();
  const add = (member: Member): void => {
    if (all.has(member)) return;
    for (const exporter of member.scope.values()) add(exporter);
    all.add(member);
  };
  members.forEach(add);
  return [...all];
}

/** What an error of reading, validating or compiling says about a module that should be good. */
export function verdict(error: unknown): Excluded | Failed {
  if (error instanceof Excluded || error instanceof Failed) return error;
  if (!(error instanceof ModuleError))
    return new Failed(`the compiler breaks: ${error instanceof Error ? error.message : error}`);
  if (error.kind === "unsupported") return new Excluded(feature(error));
  return new Failed(`a valid module is refused: ${error.message}`);
}

/** The feature in an `unsupported` error, without its place. */
export function feature(error: ModuleError): string {
  return error.what.replace(/^unsupported WebAssembly: /, "").replace(/ \(.*$/, "");
}
