/**
 * The text form of the IR: printing and parsing. `parse(print(f))` gives the same function, up to value numbers.
 *
 *     func $gcd "gcd" (i32) {
 *     b0(v0: i32, v1: i32):
 *       br v1, b1(v0, v1), b2(v0)
 *     …
 */
import type { Block, Edge, Type, Value } from "./function.ts";
import { Func } from "./function.ts";
import { info, TERMINATORS } from "./ops.ts";

export function printValue(v: Value): string {
  const parts: string[] = v.args.map((a) => `v${a.id}`);
  const access = info(v.op).bytes > 0;
  let text = v.type === "void" ? v.op : `v${v.id}: ${v.type} = ${v.op}`;
  if (v.symbol !== undefined) text += ` $${v.symbol}`;
  if (parts.length > 0) text += ` ${parts.join(", ")}`;
  if (v.big !== undefined) text += ` #${v.big}`;
  else if (v.imm !== 0 || v.op === "i32.const") text += ` #${v.imm}`;
  if (access) text += ` align ${v.align}`;
  if (v.results !== undefined) text += ` -> (${v.results.join(", ")})`;
  if (v.origin >= 0) text += ` @${v.origin}`;
  return text;
}

function printEdge(edge: Edge): string {
  return `b${edge.to.id}` + (edge.args.length > 0 ? `(${edge.args.map((a) => `v${a.id}`).join(", ")})` : "");
}

export function printFunc(func: Func): string {
  let out = `func $${func.symbol} ${JSON.stringify(func.name)} (${func.results.join(", ")}) {\n`;
  for (const block of func.blocks) {
    const params = block.params.map((p) => `v${p.id}: ${p.type}`).join(", ");
    out += `b${block.id}${params === "" ? "" : `(${params})`}:\n`;
    for (const v of block.values) out += `  ${printValue(v)}\n`;
    const t = block.terminator;
    const operands = [...t.args.map((a) => `v${a.id}`), ...t.edges.map(printEdge)].join(", ");
    out += `  ${t.op}${t.symbol === undefined ? "" : ` $${t.symbol}`}${operands === "" ? "" : " " + operands}${t.origin >= 0 ? ` @${t.origin}` : ""}\n`;
  }
  return out + "}\n";
}

const TOKEN = /\s+|;[^\n]*|"(?:[^"\\]|\\.)*"|->|@-?\d+|#-?\d+|\$[^\s,()]+|[A-Za-z_][\w.]*|\d+|[(){}:,=]/y;

function tokenize(text: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (match === null) throw new Error(`IR text: unexpected character at ${JSON.stringify(text.slice(at, at + 20))}`);
    if (!/^(\s|;)/.test(match[0])) tokens.push(match[0]);
  }
  return tokens;
}

/** Parses one or more functions. Value names may be any identifiers; definitions must come before uses in text order. */
export function parseFuncs(text: string): Func[] {
  const tokens = tokenize(text);
  let at = 0;
  const next = (): string => {
    if (at >= tokens.length) throw new Error("IR text: unexpected end");
    return tokens[at++]!;
  };
  const accept = (t: string): boolean => tokens[at] === t && ++at > 0;
  const expect = (t: string): void => {
    const got = next();
    if (got !== t)
      throw new Error(`IR text: expected ${t}, got ${got} near ${tokens.slice(Math.max(0, at - 6), at + 4).join(" ")}`);
  };
  const typeList = (): Type[] => {
    const types: Type[] = [];
    expect("(");
    while (!accept(")")) {
      types.push(next() as Type);
      accept(",");
    }
    return types;
  };

  const parseFunc = (): Func => {
    expect("func");
    const symbol = next().slice(1);
    const name = JSON.parse(next()) as string;
    const results = typeList();
    expect("{");
    const values = new Map<string, Value>();
    const blocks = new Map<string, Block>();
    const params: Type[] = [];
    const func = new Func(symbol, name, params, results);
    const lookUp = (id: string): Value => {
      const v = values.get(id);
      if (v === undefined) throw new Error(`IR text: value ${id} used before its definition in $${symbol}`);
      return v;
    };
    // Blocks are numbered in the order of their labels; edges may name one before it is seen.
    const blockOf = (id: string): Block => {
      let b = blocks.get(id);
      if (b === undefined) {
        b = func.block();
        func.blocks.pop();
        blocks.set(id, b);
      }
      return b;
    };
    const operands = (block: Block, op: string, type: Type | "void"): Value => {
      const value = func.add(block, op, type, []);
      for (;;) {
        const t = tokens[at]!;
        if (t.startsWith("$")) value.symbol = next().slice(1);
        else if (t.startsWith("#")) {
          if (op === "i64.const") value.big = BigInt(next().slice(1));
          else value.imm = Number(next().slice(1));
        } else if (t.startsWith("@")) value.origin = Number(next().slice(1));
        else if (t === "align") {
          next();
          value.align = Number(next());
        } else if (t === "->") {
          next();
          value.results = typeList();
        } else if (values.has(t) && tokens[at + 1] !== ":" && tokens[at + 1] !== "=") {
          value.args.push(lookUp(next()));
          accept(",");
        } else return value;
      }
    };
    while (!accept("}")) {
      const block = blockOf(next());
      func.blocks.push(block);
      if (accept("("))
        while (!accept(")")) {
          const id = next();
          expect(":");
          const type = next() as Type;
          values.set(id, func.param(block, type));
          if (func.blocks.length === 1) params.push(type);
          accept(",");
        }
      expect(":");
      for (;;) {
        const head = next();
        const shape = TERMINATORS.get(head);
        if (shape !== undefined) {
          const t = block.terminator;
          t.op = head;
          if (tokens[at]?.startsWith("$")) t.symbol = next().slice(1);
          while (values.has(tokens[at]!) && tokens[at + 1] !== ":" && tokens[at + 1] !== "(") {
            t.args.push(lookUp(next()));
            accept(",");
          }
          if (shape.edges !== 0)
            do {
              const edge: Edge = { to: blockOf(next()), args: [] };
              if (accept("("))
                while (!accept(")")) {
                  edge.args.push(lookUp(next()));
                  accept(",");
                }
              t.edges.push(edge);
            } while (accept(","));
          if (tokens[at]?.startsWith("@")) t.origin = Number(next().slice(1));
          break;
        }
        if (accept(":")) {
          const type = next() as Type;
          expect("=");
          const op = next();
          values.set(head, operands(block, op, type));
        } else if (accept("=")) {
          const op = next();
          const type = info(op).type;
          values.set(head, operands(block, op, type === "any" ? "i32" : type));
        } else operands(block, head, "void");
      }
    }
    return func;
  };

  const funcs: Func[] = [];
  while (at < tokens.length) funcs.push(parseFunc());
  return funcs;
}
