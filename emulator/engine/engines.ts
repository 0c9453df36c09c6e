/** The engines by name, loaded when asked for. The first is the default. */
import { InputError } from "../../errors.ts";
import type { Engine } from "./engine.ts";

const ENGINES: Readonly<Record<Engine["name"], () => Promise<Engine>>> = {
  translator: async () => (await import("./translator.ts")).translator,
  interpreter: async () => (await import("./interpreter.ts")).interpreter,
};

export const ENGINE_NAMES: readonly string[] = Object.keys(ENGINES);

/** @throws InputError for a name that is none */
export async function engineByName(name: string): Promise<Engine> {
  if (Object.hasOwn(ENGINES, name)) return ENGINES[name as Engine["name"]]();
  throw new InputError(`unknown engine "${name}"`, "name of an engine", `choose one of: ${ENGINE_NAMES.join(", ")}`);
}
