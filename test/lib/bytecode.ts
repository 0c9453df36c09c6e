/** Builds EVM bytecode: opcodes by name, numbers as the shortest PUSH, labels. `bytecode(1, 2, "ADD", 0, "MSTORE", 32, 0, "RETURN")` */
import { OPCODES } from "../../guest/stf/evm/table.ts";

const CODES = new Map(OPCODES.map(({ name, code }) => [name, code]));

/** `{ label }` places a JUMPDEST; `{ to }` pushes its place (two bytes); `{ bytes }` are put as they are. */
export type Item = number | bigint | string | { label: string } | { to: string } | { bytes: Uint8Array };

export function bytecode(...items: Item[]): Uint8Array {
  const out: number[] = [];
  const labels = new Map<string, number>();
  const uses: [number, string][] = [];
  for (const item of items) {
    if (typeof item === "string") {
      const code = CODES.get(item);
      if (code === undefined) throw new Error(`no opcode ${item}`);
      out.push(code);
    } else if (typeof item === "object") {
      if ("label" in item) {
        labels.set(item.label, out.length);
        out.push(CODES.get("JUMPDEST")!);
      } else if ("to" in item) {
        uses.push([out.length + 1, item.to]);
        out.push(CODES.get("PUSH2")!, 0, 0);
      } else {
        out.push(...item.bytes);
      }
    } else {
      const digits = item === 0 || item === 0n ? "" : BigInt(item).toString(16);
      const bytes = Buffer.from(digits.length % 2 ? `0${digits}` : digits, "hex");
      if (bytes.length > 32) throw new Error(`${item} does not fit a word`);
      out.push(CODES.get("PUSH0")! + bytes.length, ...bytes);
    }
  }
  for (const [at, label] of uses) {
    const place = labels.get(label);
    if (place === undefined) throw new Error(`no label ${label}`);
    out[at] = place >> 8;
    out[at + 1] = place & 0xff;
  }
  return Uint8Array.from(out);
}
