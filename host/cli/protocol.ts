/** Oracle protocols that the command line can name and explain. The emulator itself knows none. */
import type { QueryNames, TapeQuery } from "../../emulator/tape/tape.ts";
import { InputError } from "../../errors.ts";

export interface Protocol {
  names: QueryNames;
  explain(query: TapeQuery): string[];
}

const PLAIN: Protocol = { names: {}, explain: () => [] };

/** Protocols whose queries can be named and explained, loaded when asked for. */
const PROTOCOLS: Record<string, () => Promise<Protocol>> = {
  "zksync-os": async () => {
    const { QUERIES, describeQuery } = await import("../oracle/queries.ts");
    const { HINT_NAMES } = await import("../oracle/hint-names.ts");
    const queries = new Set(QUERIES.map(({ id }) => id));
    const names = Object.fromEntries([...HINT_NAMES, ...QUERIES.map(({ id, name }) => [id, name] as const)]);
    return {
      names,
      explain({ id, parameters, words }) {
        // a hint's name and its words say all that there is to say
        if (id === undefined || !queries.has(id)) return [];
        const described = describeQuery(id, Uint32Array.from(parameters), Uint32Array.from(words.slice(1)));
        const fields = described.answer.map(([name, value]) => `${name} = ${brief(value)}`);
        return [described.about, ...fields];
      },
    };
  },
};

function brief(value: unknown): string {
  if (value instanceof Uint8Array) return brief(`0x${Buffer.from(value).toString("hex")}`);
  if (typeof value === "bigint") return value.toString();
  const text =
    typeof value === "string" ? value : JSON.stringify(value, (_, v) => (typeof v === "bigint" ? v.toString() : v));
  return text.length > 100 ? `${text.slice(0, 90)}… (${text.length} characters)` : text;
}

export async function protocolByName(name: string | undefined): Promise<Protocol> {
  if (name === undefined) return PLAIN;
  const load = PROTOCOLS[name];
  if (load) return load();
  throw new InputError(
    `unknown protocol "${name}"`,
    "--protocol",
    `choose one of: ${Object.keys(PROTOCOLS).join(", ")}`,
  );
}

export const PROTOCOL_OPTION = [
  "--protocol <name>",
  `name queries; one of: ${Object.keys(PROTOCOLS).join(", ")}`,
] as const;
