/** The commands of a `.wast` script: modules, actions and assertions (the reference interpreter's README defines them). */
import { headOf, isList, type List, type Node, parseScript } from "./sexpr.ts";

/** A module as the script gives it: text to assemble, bytes, or text in quotes. */
export interface ModuleSource {
  readonly form: "text" | "binary" | "quote";
  /** `$name` of the script */
  readonly id: string | undefined;
  /** text of `text` and `quote` */
  readonly text: string;
  readonly bytes: Uint8Array;
  /** for `text`: its fields */
  readonly list: List;
}

export type Value =
  | { readonly type: "i32" | "i64"; readonly value: bigint }
  | { readonly type: "externref" | "funcref"; readonly value: bigint | "null" | "any" }
  | { readonly type: "foreign"; readonly text: string };

export interface Action {
  readonly kind: "invoke" | "get";
  readonly module: string | undefined;
  readonly name: string;
  readonly args: readonly Value[];
}

export type Command = { readonly line: number } & (
  | { readonly kind: "module" | "definition"; readonly source: ModuleSource }
  | { readonly kind: "instance"; readonly id: string | undefined; readonly of: string | undefined }
  | { readonly kind: "action"; readonly action: Action }
  | { readonly kind: "register"; readonly as: string; readonly module: string | undefined }
  | { readonly kind: "assert_return"; readonly action: Action; readonly results: readonly Value[] }
  | { readonly kind: "assert_trap" | "assert_exhaustion"; readonly action: Action; readonly message: string }
  | {
      readonly kind: "assert_invalid" | "assert_malformed" | "assert_unlinkable" | "assert_uninstantiable";
      readonly source: ModuleSource;
      readonly message: string;
    }
  | { readonly kind: "foreign"; readonly head: string }
);

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

export function readScript(text: string): Command[] {
  const lines = lineCounter(text);
  const nodes = parseScript(text);
  // A script may be the fields of one module.
  const bare = nodes.length > 0 && nodes.every((node) => fieldHeads.has(headOf(node)));
  if (bare) {
    const list: List = { kind: "list", items: nodes, start: 0, end: text.length };
    const source: ModuleSource = {
      form: "text",
      id: undefined,
      text: `(module ${text})`,
      bytes: new Uint8Array(),
      list,
    };
    return [{ kind: "module", line: 1, source }];
  }
  return nodes.map((node) => ({ line: lines(node.start), ...readCommand(text, node) }) as Command);
}

const fieldHeads = new Set("func global table memory export import type data elem start rec tag".split(" "));

function lineCounter(text: string): (offset: number) => number {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  let line = 0;
  return (offset) => {
    while (line + 1 < starts.length && starts[line + 1] <= offset) line++;
    return line + 1;
  };
}

type Body<T = Command> = T extends unknown ? Omit<T, "line"> : never;

function readCommand(text: string, node: Node): Body {
  if (!isList(node)) return { kind: "foreign", head: "token" };
  const head = headOf(node);
  const { items } = node;
  switch (head) {
    case "module": {
      const second = items[1];
      const word = second?.kind === "atom" ? second.text : "";
      if (word === "instance") return { kind: "instance", id: idOf(items[2]), of: idOf(items[3]) };
      if (word === "definition") {
        const list: List = { ...node, items: [items[0], ...items.slice(2)] };
        return { kind: "definition", source: readModuleSource(text, list) };
      }
      return { kind: "module", source: readModuleSource(text, node) };
    }
    case "register":
      return { kind: "register", as: stringOf(items[1]), module: idOf(items[2]) };
    case "invoke":
    case "get":
      return { kind: "action", action: readAction(node) };
    case "assert_return":
      return { kind: head, action: readAction(items[1] as List), results: items.slice(2).map(readValue) };
    case "assert_trap":
    case "assert_exhaustion": {
      const message = stringOf(items[2]);
      if (headOf(items[1]) === "module") {
        return { kind: "assert_uninstantiable", source: readModuleSource(text, items[1] as List), message };
      }
      return { kind: head, action: readAction(items[1] as List), message };
    }
    case "assert_invalid":
    case "assert_malformed":
    case "assert_unlinkable":
      return { kind: head, source: readModuleSource(text, items[1] as List), message: stringOf(items[2]) };
    default:
      return { kind: "foreign", head };
  }
}

function readModuleSource(text: string, list: List): ModuleSource {
  let at = 1;
  const id = idOf(list.items[at]);
  if (id !== undefined) at++;
  const mark = list.items[at];
  const form = mark?.kind === "atom" && (mark.text === "binary" || mark.text === "quote") ? mark.text : "text";
  const strings = list.items.flatMap((item) => (item.kind === "string" ? [item.bytes] : []));
  const bytes = Uint8Array.from(form === "text" ? [] : strings.flatMap((part) => [...part]));
  const whole = text.slice(list.start, list.end).replace(/^\(module\s+definition\b/, "(module");
  const written = form === "quote" ? decoder.decode(bytes) : whole;
  return { form, id, text: written, bytes, list };
}

function readAction(list: List): Action {
  const kind = headOf(list);
  if (kind !== "invoke" && kind !== "get") throw new Error(`unknown action ${kind}`);
  const module = idOf(list.items[1]);
  const at = module === undefined ? 1 : 2;
  return { kind, module, name: stringOf(list.items[at]), args: list.items.slice(at + 1).map(readValue) };
}

function readValue(node: Node): Value {
  const head = headOf(node);
  const items = node.kind === "list" ? node.items : [];
  const word = items[1]?.kind === "atom" ? items[1].text : "";
  if (head === "i32.const" || head === "i64.const") {
    return { type: head === "i32.const" ? "i32" : "i64", value: integer(word) };
  }
  if (head === "ref.extern" || head === "ref.host") {
    return { type: "externref", value: word === "" ? "any" : integer(word) };
  }
  if (head === "ref.func") return { type: "funcref", value: "any" };
  if (head === "ref.null" && (word === "func" || word === "extern")) {
    return { type: `${word}ref`, value: "null" };
  }
  if (head === "ref.null" && word === "") return { type: "externref", value: "null" };
  return { type: "foreign", text: head };
}

function integer(word: string): bigint {
  const plain = word.replaceAll("_", "").replace(/^\+/, "");
  return plain.startsWith("-") ? -BigInt(plain.slice(1)) : BigInt(plain);
}

function idOf(node: Node | undefined): string | undefined {
  return node?.kind === "atom" && node.text.startsWith("$") ? node.text : undefined;
}

function stringOf(node: Node | undefined): string {
  return node?.kind === "string" ? decoder.decode(node.bytes) : "";
}
