/** WebAssembly modules of translated regions, and the one that drives them. */
import { OPERATORS } from "../../isa/expression.ts";
import { ENGINE, MEMORY_PAGES, ROM_SIZE } from "../../machine/layout.ts";
import { SHARES } from "../../machine/memory.ts";
import { U256_BY_OPERATION } from "../../machine/u256-code.ts";
import { Code, ModuleBuilder, OP } from "../../wasm/builder.ts";
import { interpreterModule } from "../interpreter-code.ts";
import type { Surroundings } from "./instruction-code.ts";
import type { Region } from "./region.ts";
import { REQUEST, RegionCode } from "./region-code.ts";

/** How many calls of the guest may be nested as calls of the host, whose stack is limited; deeper ones unwind. */
const MOST_NESTED = 200;

const THREE = ["i32", "i32", "i32"] as const;
const SIGNATURE = [
  ["i32", "i32"],
  ["i32", "i32"],
] as const;

/**
 * Exports `run(pc, left, few) → left`, which goes from region to region, interprets between them, and leaves the last pc, flags included, at `ENGINE.pc`; and
 * `request(pc) → index`, what regions import as `translate`. It comes back where `step` must decide or no cycles are left; with less than `few` of them nothing
 * is translated any more.
 */
export function driverModule(
  { regions, jumps, often, stopped }: Watched,
  interpreted: number,
): Uint8Array<ArrayBuffer> {
  const { and, or, shrU, eqz, ltS, ltU, sub, add } = OPERATORS;
  const module = new ModuleBuilder();
  module.importMemory(MEMORY_PAGES, SHARES);
  module.importTable(1);
  const translate = module.importFunction("translate", ["i32"], ["i32"]);
  const interpret = module.importFunction("interpret", ["i32", "i32"], ["i32"]);

  const request = new Code(1);
  const count = request.local();
  const jumped = request.local();
  request.get(0).i32(~3).op(and.code).i32(1).op(shrU.code).tee(jumped).load("i16U", jumps).tee(count);
  request.i32(often).op(ltU.code).if();
  request.get(jumped).get(count).i32(1).op(add.code).store("i16", jumps).i32(0).op(OP.return).end();
  request.get(0).call(translate);
  const requested = module.addFunction(["i32"], ["i32"], request, "request");

  const c = new Code(3);
  const [pc, left, few] = [0, 1, 2];
  const [index, asked, rest, hasInterpreted] = [c.local(), c.local(), c.local(), c.local()];
  c.block();
  const exit = c.depth;
  c.loop();
  const loop = c.depth;
  c.get(pc)
    .i32(-ROM_SIZE | 3)
    .op(and.code)
    .brIf(exit);
  c.get(pc).load("i32", regions).tee(index).op(eqz.code).if();
  // where `step` has left something it is interpreted to the next jump
  c.get(left).get(few).op(ltS.code).get(hasInterpreted).op(eqz.code, or.code).if("i32").i32(1).else();
  c.get(pc).i32(1).op(shrU.code).load("i16U", jumps).i32(often).op(ltU.code).end().if();
  c.get(left).i32(interpreted).get(left).i32(interpreted).op(ltS.code, OP.select).set(asked);
  c.get(pc).i32(1).op(shrU.code).tee(index).get(index).load("i16U", jumps).i32(1).op(add.code).store("i16", jumps);
  c.i32(1).set(hasInterpreted).i32(0).i32(0).store("i32", stopped);
  c.get(pc).get(asked).call(interpret).set(rest);
  c.get(left).get(asked).op(sub.code).get(rest).op(add.code).set(left);
  c.i32(0).load("i32", ENGINE.pc).set(pc);
  // it met an instruction that is not plain: `step` decides
  c.get(rest).if().i32(0).load("i32", stopped).op(eqz.code).brIf(exit).end();
  c.get(left).brIf(loop).br(exit).end();
  c.get(pc).i32(REQUEST.arrival).op(or.code).call(requested).tee(index).op(eqz.code).brIf(exit).end();
  c.get(left)
    .i32(MOST_NESTED)
    .get(index)
    .callIndirect(module.signature(...SIGNATURE));
  c.set(left).set(pc).br(loop).end().end();
  c.i32(0).get(pc).store("i32", ENGINE.pc).get(left);
  module.addFunction(["i32", "i32", "i32"], ["i32"], c, "run");
  return module.build();
}

/** What regions know of the rest: `functionOf` is the module's own matter. */
export type World = Pick<Surroundings, "tableIndexOf" | "caseMap" | "marks" | "guard" | "history">;

/** What all modules of regions have: made once, for there are many. */
function makeImports() {
  const module = new ModuleBuilder();
  module.importMemory(MEMORY_PAGES, SHARES);
  module.importTable(1);
  const functions = {
    tapeRead: module.importFunction("tapeRead", [], ["f64"]),
    tapeWrite: module.importFunction("tapeWrite", ["i32"], ["i32"]),
    delegate: {
      blake2s: module.importFunction("blake2sWith", ["i32", "i32", "i32", "i32"], ["i32"]),
      u256: module.importFunction("u256With", THREE, ["i32"]),
      u256By: new Map(
        [...U256_BY_OPERATION].map(([bits, name]) => [bits, module.importFunction(name, THREE, ["i32"])]),
      ),
    },
    translate: module.importFunction("translate", ["i32"], ["i32"]),
  };
  return { module, functions, signature: module.signature(...SIGNATURE) };
}
let imports: ReturnType<typeof makeImports> | undefined;

/** A module whose regions get the table indices from `first` on, in order. */
export function regionModule(regions: readonly Region[], first: number, world: World): Uint8Array<ArrayBuffer> {
  imports ??= makeImports();
  const { signature } = imports;
  const module = new ModuleBuilder(imports.module);
  const base = imports.functions.translate + 1;
  const functions = new Map(regions.map(({ pc }, i) => [pc, base + i]));
  const surroundings: Surroundings = {
    ...imports.functions,
    ...world,
    signature,
    functionOf: (pc) => functions.get(pc),
  };
  for (const region of regions) module.addFunction(...SIGNATURE, new RegionCode(region, surroundings).build());
  module.addElements(
    first,
    regions.map((_, i) => base + i),
  );
  return module.build();
}

/** Addresses of what the interpreter looks at when it jumps: a word for each word of ROM, not 0 where there is a region; a halfword for each, counting how often execution arrived there by a jump or by a branch that was not taken. */
export interface Watched {
  readonly regions: number;
  readonly jumps: number;
  /** Arrivals at a place after which the interpreter stops there. */
  readonly often: number;
  /** A word that is set to 1 when it stops for one of these reasons, and not because it must. */
  readonly stopped: number;
}

/** The interpreter, coming back where code is translated or worth it. */
export function watchingInterpreter({ regions, jumps, often, stopped }: Watched): Uint8Array<ArrayBuffer> {
  const { shrU, add, geU } = OPERATORS;
  return interpreterModule(() => ({
    fell(c, { pc, a }) {
      c.get(pc).i32(1).op(shrU.code).tee(a);
      c.get(a)
        .load("i16U", jumps + 2)
        .i32(1)
        .op(add.code)
        .store("i16", jumps + 2);
    },
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
