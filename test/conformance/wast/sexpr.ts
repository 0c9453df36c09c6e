/** S-expressions of the WebAssembly script format (`.wast`): tokens with their place in the text, so that a module can be cut out as it is written. */

export interface Atom {
  readonly kind: "atom";
  readonly text: string;
  readonly start: number;
}
export interface Text {
  readonly kind: "string";
  readonly bytes: Uint8Array;
  readonly start: number;
}
export interface List {
  readonly kind: "list";
  readonly items: readonly Node[];
  readonly start: number;
  readonly end: number;
}
export type Node = Atom | Text | List;

const escapes: Record<string, number> = { t: 9, n: 10, r: 13, '"': 34, "'": 39, "\\": 92 };
const encoder = new TextEncoder();

/** All expressions of a script. Annotations `(@name …)` are dropped. */
export function parseScript(source: string): Node[] {
  const parser = new Parser(source);
  const nodes: Node[] = [];
  for (let node = parser.next(); node; node = parser.next()) nodes.push(node);
  return nodes;
}

class Parser {
  private readonly source: string;
  private at = 0;

  constructor(source: string) {
    this.source = source;
  }

  fail(what: string): Error {
    const line = this.source.slice(0, this.at).split("\n").length;
    return new Error(`${what} at line ${line}`);
  }

  private skipSpace(): void {
    for (;;) {
      const two = this.source.slice(this.at, this.at + 2);
      if (two === ";;") {
        const end = this.source.indexOf("\n", this.at);
        this.at = end < 0 ? this.source.length : end + 1;
      } else if (two === "(;") this.skipBlockComment();
      else if (/\s/.test(two[0] ?? "")) this.at++;
      else return;
    }
  }

  private skipBlockComment(): void {
    let depth = 0;
    do {
      const two = this.source.slice(this.at, this.at + 2);
      if (two === "") throw this.fail("comment without end");
      depth += two === "(;" ? 1 : two === ";)" ? -1 : 0;
      this.at += two === "(;" || two === ";)" ? 2 : 1;
    } while (depth > 0);
  }

  next(): Node | undefined {
    this.skipSpace();
    const start = this.at;
    const first = this.source[start];
    if (first === undefined || first === ")") return undefined;
    if (first === '"') return { kind: "string", bytes: this.string(), start };
    if (first !== "(") return { kind: "atom", text: this.atom(), start };
    this.at++;
    const items: Node[] = [];
    for (let item = this.next(); item; item = this.next()) {
      const annotation = item.kind === "list" && item.items[0]?.kind === "atom" && item.items[0].text.startsWith("@");
      if (!annotation) items.push(item);
    }
    if (this.source[this.at] !== ")") throw this.fail("( without )");
    this.at++;
    return { kind: "list", items, start, end: this.at };
  }

  private atom(): string {
    const start = this.at;
    // Names may be quoted: $"a b".
    while (this.at < this.source.length && !/[\s();]/.test(this.source[this.at])) {
      if (this.source[this.at] === '"') this.string();
      else this.at++;
    }
    if (this.at === start) throw this.fail(`unexpected ${this.source[start]}`);
    return this.source.slice(start, this.at);
  }

  private string(): Uint8Array {
    const bytes: number[] = [];
    this.at++;
    while (this.source[this.at] !== '"') {
      const letter = this.source[this.at];
      if (letter === undefined) throw this.fail("string without end");
      if (letter !== "\\") {
        const point = String.fromCodePoint(this.source.codePointAt(this.at)!);
        bytes.push(...encoder.encode(point));
        this.at += point.length;
        continue;
      }
      const next = this.source[this.at + 1];
      if (next in escapes) {
        bytes.push(escapes[next]);
        this.at += 2;
      } else if (next === "u") {
        const end = this.source.indexOf("}", this.at);
        bytes.push(...encoder.encode(String.fromCodePoint(Number.parseInt(this.source.slice(this.at + 3, end), 16))));
        this.at = end + 1;
      } else {
        bytes.push(Number.parseInt(this.source.slice(this.at + 1, this.at + 3), 16));
        this.at += 3;
      }
    }
    this.at++;
    return Uint8Array.from(bytes);
  }
}

export const isList = (node: Node | undefined): node is List => node?.kind === "list";

export function headOf(node: Node | undefined): string {
  return node?.kind === "list" && node.items[0]?.kind === "atom" ? node.items[0].text : "";
}
