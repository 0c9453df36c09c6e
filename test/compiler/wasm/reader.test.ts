import { expect, test } from "vitest";
import { ModuleError } from "../../../compiler/errors.ts";
import { readModule } from "../../../compiler/wasm/reader.ts";
import { rejectUnsupported } from "../../../compiler/wasm/unsupported.ts";
import { validateModule } from "../../../compiler/wasm/validate.ts";
import { wat } from "../../lib/wat.ts";

const header = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

function caught(action: () => unknown): ModuleError {
  try {
    action();
  } catch (error) {
    if (error instanceof ModuleError) return error;
    throw error;
  }
  throw new Error("no error");
}

test("every part of a module is decoded", () => {
  const module = readModule(
    wat(`(module $m
      (import "windproof" "tape_read" (func $tape (result i32)))
      (memory 1 4) (table $t 3 funcref) (global $g (mut i64) (i64.const -5)) (global i32 (i32.const 7))
      (data (i32.const 16) "ab") (data "passive")
      (elem (i32.const 1) $tape $f) (elem func $f)
      (func $f (export "f") (param i32 i64) (result i64 i32) (local i32 i32 i64)
        (i64.add (local.get 1) (i64.load32_s offset=8 align=2 (local.get 0)))
        (block (result i32) (br_table 0 0 (call $tape) (i32.const -1))))
      (func $run (call $f (i32.const 1) (i64.const 0x7fffffffffffffff)) drop drop)
      (start $run))`),
  );
  expect(module.name).toBe("m");
  expect(module.functions.map(({ name }) => name)).toEqual(["tape", "f", "run"]);
  expect(module.functions[1].type).toEqual({ params: ["i32", "i64"], results: ["i64", "i32"] });
  expect(module.functions[1].locals).toEqual(["i32", "i32", "i64"]);
  const load = module.functions[1].body.find(({ op }) => op === "i64.load32_s");
  expect([load?.memoryOffset, load?.align]).toEqual([8, 1]);
  expect(module.functions[1].body.find(({ op }) => op === "br_table")?.labels).toEqual([0, 0]);
  expect(module.functions[2].body[1].value64).toBe(0x7fffffffffffffffn);
  expect(module.memories).toEqual([{ limits: { min: 1, max: 4 } }]);
  expect(module.globals[0]).toEqual({ type: "i64", mutable: true, name: "g", init: { kind: "i64", value: -5n } });
  expect(module.data.map(({ offset, bytes }) => [offset, Buffer.from(bytes).toString()])).toEqual([
    [{ kind: "i32", value: 16 }, "ab"],
    [undefined, "passive"],
  ]);
  expect(
    module.elements.map(({ mode, items }) => [mode, items.map((item) => item.kind === "function" && item.index)]),
  ).toEqual([
    ["active", [0, 1]],
    ["passive", [1]],
  ]);
  expect(module.start).toBe(2);
  validateModule(module);
});

test("offsets are byte offsets in the file", () => {
  const bytes = wat("(module (func (result i32) (i32.const 305419896)))");
  const { body } = readModule(bytes).functions[0];
  expect(bytes[body[0].offset]).toBe(0x41);
  expect(bytes[body[1].offset]).toBe(0x0b);
});

test("constant expressions with arithmetic are folded", () => {
  const { globals, data } = readModule(
    wat(`(module (memory 1) (global i32 (i32.const 1000)) (global i32 (i32.add (global.get 0) (i32.mul (i32.const 3) (i32.const -4))))
      (data (i32.sub (i32.const 8) (i32.const 4)) "x"))`),
  );
  expect(globals[1].init).toEqual({ kind: "i32", value: 988 });
  expect(data[0].offset).toEqual({ kind: "i32", value: 4 });
});

test.each([
  ["magic", [0x00, 0x61, 0x73, 0x6e], /magic header not detected\n.*where: header, byte 0x3 /],
  ["version", [0x00, 0x61, 0x73, 0x6d, 0x02, 0, 0, 0], /unknown binary version/],
  ["section length", [...header, 1, 9, 1], /length out of bounds/],
  ["order of sections", [...header, 3, 1, 0, 1, 1, 0], /unexpected content after last section: type section/],
  ["rest of a section", [...header, 1, 2, 0, 0], /section size mismatch.*\n.*where: type section, byte 0xb /],
  ["integer too long", [...header, 1, 6, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00], /integer representation too long/],
  ["integer too large", [...header, 1, 5, 0x80, 0x80, 0x80, 0x80, 0x10], /integer too large/],
  [
    "opcode",
    [...header, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 10, 5, 1, 3, 0, 0xff, 0x0b],
    /illegal opcode 0xff\n.*where: function func\[0\],/,
  ],
  [
    "bodies missing",
    [...header, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0],
    /function and code section have inconsistent lengths/,
  ],
])("malformed: %s", (_, bytes, message) => {
  const error = caught(() => readModule(Uint8Array.from(bytes)));
  expect(error.kind).toBe("malformed");
  expect(error.message).toMatch(message);
});

test("every prefix of a module is refused, not misread", () => {
  const bytes = wat(
    `(module (memory 1) (func (export "f") (param i64) (result i64) local.get 0 i64.const 300 i64.mul) (data (i32.const 0) "abc"))`,
  );
  const whole = readModule(bytes);
  expect(whole.functions).toHaveLength(1);
  let refused = 0;
  for (let length = 0; length < bytes.length; length++) {
    try {
      readModule(bytes.slice(0, length));
    } catch (error) {
      expect(error).toBeInstanceOf(ModuleError);
      refused++;
    }
  }
  // A module may end after a whole section; what is left is a smaller module unless counts disagree.
  expect(refused).toBeGreaterThan(bytes.length - 10);
});

test.each([
  [
    "float constant",
    "(module (func $area (result i32) (i32.trunc_f64_s (f64.const 1.5))))",
    /a floating-point constant\n.*where: function area, byte 0x/,
  ],
  ["float parameter", "(module (func $scale (param f32)))", /a value of type f32\n.*where: function scale,/],
  [
    "SIMD",
    "(module (func $wide (drop (v128.const i32x4 0 0 0 0))))",
    /SIMD \(opcode 0xfd\)\n.*where: function wide, byte 0x/,
  ],
  ["atomics", "(module (memory 1 1 shared) (func $lock))", /threads \(shared memory\)/],
  [
    "unknown import",
    '(module (import "env" "clock" (func $clock)) (func $tick (call $clock)))',
    /import env.clock is no.*\n.*where: function tick, byte 0x/,
  ],
  [
    "import of another type",
    '(module (import "windproof" "tape_read" (func)))',
    /the type \(\) -> \(\), not \(\) -> \(i32\)\n.*where: import windproof.tape_read\n/,
  ],
  ["memory import", '(module (import "env" "memory" (memory 1)))', /imported memory.*\n.*where: import env.memory\n/],
])("unsupported: %s", (_, text, message) => {
  const imports = new Map([["windproof.tape_read", { params: [], results: ["i32" as const] }]]);
  const error = caught(() => {
    const module = readModule(wat(text));
    validateModule(module);
    rejectUnsupported(module, imports);
  });
  expect(error.kind).toBe("unsupported");
  expect(error.message).toMatch(message);
});

test("an unsupported instruction is placed by the source map", () => {
  const module = readModule(wat("(module (func $f (drop (f32.neg (f32.const 1)))))"));
  const error = caught(() =>
    rejectUnsupported(module, new Map(), (offset) => `main.ts:${offset - module.functions[0].body[0].offset + 1}:9`),
  );
  expect(error.message).toContain("at main.ts:1:9");
});
