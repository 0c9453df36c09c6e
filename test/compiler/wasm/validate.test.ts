import { expect, test } from "vitest";
import { readModule } from "../../../compiler/wasm/reader.ts";
import { validateModule } from "../../../compiler/wasm/validate.ts";
import { wat } from "../../lib/wat.ts";

const check = (text: string): void => validateModule(readModule(wat(text)));

test.each([
  ["unreachable code is polymorphic", "(module (func (result i32) unreachable i32.add))"],
  ["br leaves the rest polymorphic", "(module (func (result i64) (block (result i64) (br 0 (i64.const 1)) select)))"],
  ["floats are valid", "(module (func (param f64) (result f32) (f32.demote_f64 (f64.sqrt (local.get 0)))))"],
  [
    "block parameters",
    "(module (func (result i32) i32.const 1 i32.const 2 (block (param i32 i32) (result i32) i32.add)))",
  ],
  [
    "loop labels carry parameters",
    "(module (func (param i32) local.get 0 (loop (param i32) (br_if 0 (i32.const 1)) drop)))",
  ],
  [
    "typed select of references",
    "(module (func (param externref i32) (result externref) (select (result externref) (local.get 0) (local.get 0) (local.get 1))))",
  ],
])("valid: %s", (_, text) => check(text));

test.each([
  [
    "empty stack",
    "(func (result i32) i32.add)",
    /i32 expected, the stack is empty\n.*where: function func\[0\], byte 0x/,
  ],
  ["wrong type", "(func (result i32) i64.const 1)", /i32 expected, found i64/],
  ["too many values", "(func i32.const 1)", /1 values left at the end of function/],
  ["unknown local", "(func local.get 0 drop)", /unknown local 0/],
  ["unknown label", "(func br 5)", /unknown label 5/],
  ["immutable global", "(global i32 (i32.const 0)) (func i32.const 1 global.set 0)", /immutable global 0/],
  ["no memory", "(func i32.const 0 i32.load drop)", /unknown memory 0/],
  ["alignment", "(memory 1) (func i32.const 0 i32.load16_u align=4 drop)", /alignment must not be larger than natural/],
  ["if without else", "(func (result i32) i32.const 1 (if (result i32) (then i32.const 1)))", /if without else/],
  [
    "br_table arity",
    "(func (block (result i32) (block (br_table 0 1 (i32.const 1) (i32.const 1))) i32.const 1) drop)",
    /labels of br_table differ in arity/,
  ],
  [
    "select of references",
    "(func (param funcref) local.get 0 local.get 0 i32.const 1 select drop)",
    /select of references/,
  ],
  ["start with parameters", "(func (param i32)) (start 0)", /start function/],
  ["undeclared reference", "(func $f) (func ref.func $f drop)", /undeclared function reference 0/],
  ["memory too large", "(memory 65537)", /at most 65536 pages/],
  ["limits", "(table 2 1 funcref)", /size minimum of table/],
  ["exports", '(func (export "a") (export "a"))', /duplicate export name "a"/],
  ["unreachable code keeps types", "(func (result i32) unreachable i64.const 0 i32.eqz)", /i32 expected, found i64/],
])("invalid: %s", (_, fields, message) => {
  expect(() => check(`(module ${fields})`)).toThrow(message);
});
