/** WebAssembly modules of translated regions, and the one that drives them. */
import { OPERATORS } from "../../isa/expression.ts";
import { ENGINE, MEMORY_PAGES, ROM_SIZE } from "../../machine/layout.ts";
import { Code, ModuleBuilder } from "../../wasm/builder.ts";
import { interpreterModule } from "../interpreter-code.ts";
import type { Region } from "./region.ts";
import { REQUEST, RegionCode, type Surroundings } from "./region-code.ts";

/** How many calls of the guest may be nested as calls of the host, whose stack is limited; deeper ones unwind. */
const MOST_NESTED = 200;

const SIGNATURE = [
  ["i32", "i32"],
  ["i32", "i32"],
] as const;

/**
 * Exports `run(pc, left) → left`, which goes from region to region and leaves the last pc, flags included, at `ENGINE.pc`. It comes back where a region
 * says so, or where there is none.
 */
export function driverModule(): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder();
  module.importMemory(MEMORY_PAGES);
  module.importTable(1);
  const translate = module.importFunction("translate", ["i32"], ["i32"]);
  const c = new Code(2);
  const [pc, left] = [0, 1];
  const index = c.local();
  c.block();
  const exit = c.depth;
  c.loop();
  const loop = c.depth;
  c.get(pc)
    .i32(-ROM_SIZE | 3)
    .op(OPERATORS.and.code)
    .brIf(exit);
  c.get(pc).load("i32", ENGINE.tables).tee(index).op(OPERATORS.eqz.code).if();
  c.get(pc)
    .i32(REQUEST.arrival)
    .op(OPERATORS.or.code)
    .call(translate)
    .tee(index)
    .op(OPERATORS.eqz.code)
    .brIf(exit)
    .end();
  c.get(left)
    .i32(MOST_NESTED)
    .get(index)
    .callIndirect(module.signature(...SIGNATURE));
  c.set(left).set(pc).br(loop).end().end();
  c.i32(0).get(pc).store("i32", ENGINE.pc).get(left);
  module.addFunction(["i32", "i32"], ["i32"], c, "run");
  return module.build();
}

/** What regions know of the rest: `functionOf` is the module's own matter. */
export type World = Pick<Surroundings, "tableIndexOf" | "caseMap" | "marks">;

/** A module whose regions get the table indices from `first` on, in order. */
export function regionModule(regions: readonly Region[], first: number, world: World): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder();
  module.importMemory(MEMORY_PAGES);
  module.importTable(first + regions.length);
  const imports = {
    tapeRead: module.importFunction("tapeRead", [], ["f64"]),
    tapeWrite: module.importFunction("tapeWrite", ["i32"], ["i32"]),
    delegate: {
      blake2s: module.importFunction("blake2s", [], ["i32"]),
      u256: module.importFunction("u256", [], ["i32"]),
    },
    translate: module.importFunction("translate", ["i32"], ["i32"]),
  };
  const base = imports.translate + 1;
  const functions = new Map(regions.map(({ pc }, i) => [pc, base + i]));
  const surroundings: Surroundings = {
    ...imports,
    ...world,
    signature: module.signature(...SIGNATURE),
    functionOf: (pc) => functions.get(pc),
  };
  for (const region of regions) module.addFunction(...SIGNATURE, new RegionCode(region, surroundings).build());
  module.addElements(
    first,
    regions.map((_, i) => base + i),
  );
  return module.build();
}

/** Addresses of what the interpreter looks at when it jumps: a word for each word of ROM, not 0 where there is a region; a halfword for each, counting jumps. */
export interface Watched {
  readonly regions: number;
  readonly jumps: number;
  /** Jumps to a place after which the interpreter stops there. */
  readonly often: number;
  /** A word that is set to 1 when it stops for one of these reasons, and not because it must. */
  readonly stopped: number;
}

/** The interpreter, coming back where code is translated or worth it. */
export function watchingInterpreter({ regions, jumps, often, stopped }: Watched): Uint8Array<ArrayBuffer> {
  const { shrU, add, geU } = OPERATORS;
  return interpreterModule(() => ({
    arrived(c, { pc, a, b, exit }) {
      const stop = () => c.if().i32(0).i32(1).store("i32", stopped).br(exit).end();
      c.get(pc).load("i32", regions);
      stop();
      c.get(pc).i32(1).op(shrU.code).tee(a);
      c.get(a).load("i16U", jumps).i32(1).op(add.code).tee(b).store("i16", jumps);
      c.get(b).i32(often).op(geU.code);
      stop();
    },
  }));
}
