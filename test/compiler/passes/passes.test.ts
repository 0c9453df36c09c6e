/** Passes on IR written by hand, each alone. */
import { describe, expect, it } from "vitest";
import { propagateCopies, renumber } from "../../../compiler/ir/cfg.ts";
import type { Func } from "../../../compiler/ir/function.ts";
import { parseFuncs } from "../../../compiler/ir/text.ts";
import { verify } from "../../../compiler/ir/verify.ts";
import { cleanCfg } from "../../../compiler/passes/clean-cfg.ts";
import { eliminateDeadCode } from "../../../compiler/passes/dce.ts";
import { eliminateDeadStores } from "../../../compiler/passes/dead-store.ts";
import { numberValues } from "../../../compiler/passes/gvn.ts";
import { hoistInvariants } from "../../../compiler/passes/licm.ts";
import { simplify } from "../../../compiler/passes/simplify.ts";
import { sinkValues } from "../../../compiler/passes/sink.ts";
import { splitI64 } from "../../../compiler/passes/split-i64.ts";

function applied(pass: (f: Func) => unknown, params: string, results: string, body: string): Func {
  const func = parseFuncs(`func $f "f" (${results}) {\nb0(${params}):\n${body}\n}`)[0]!;
  verify(func, "input");
  renumber(func);
  pass(func);
  propagateCopies(func);
  verify(func, "pass");
  return func;
}
const ops = (func: Func, block = 0): string[] => func.blocks[block]!.values.map((v) => v.op);
const simplified = (body: string): string[] =>
  ops(
    applied(
      (f) => {
        simplify(f);
        propagateCopies(f);
        eliminateDeadCode(f);
      },
      "a: i32, b: i32",
      "i32",
      body,
    ),
  );

describe("simplify", () => {
  it("x + 0 is x", () => expect(simplified("  z = i32.const #0\n  r = i32.add a, z\n  return r")).toEqual([]));
  it("(x + 1) + 2 is x + 3", () =>
    expect(
      simplified("  p = i32.const #1\n  q = i32.const #2\n  s = i32.add a, p\n  r = i32.add s, q\n  return r"),
    ).toEqual(["i32.const", "i32.add"]));
  it("x * 8 is one shift, x * 10 stays", () => {
    expect(simplified("  k = i32.const #8\n  r = i32.mul a, k\n  return r")).toContain("i32.shl");
    expect(simplified("  k = i32.const #10\n  r = i32.mul a, k\n  return r")).toContain("i32.mul");
  });
  it("the test of a comparison against zero is the opposite comparison", () =>
    expect(simplified("  c = i32.lt_u a, b\n  r = i32.eqz c\n  return r")).toEqual(["i32.ge_u"]));
  it("a mask that a byte load makes superfluous goes", () =>
    expect(simplified("  l = i32.load8_u a\n  m = i32.const #255\n  r = i32.and l, m\n  return r")).toEqual([
      "i32.load8_u",
    ]));
});

describe("value numbering", () => {
  it("computes once what is computed twice", () =>
    expect(
      ops(
        applied(
          numberValues,
          "a: i32, b: i32",
          "i32",
          "  x = i32.add a, b\n  y = i32.add b, a\n  r = i32.mul x, y\n  return r",
        ),
      ),
    ).toEqual(["i32.add", "i32.mul"]));
  it("forwards a store to the load behind it", () =>
    expect(
      ops(
        applied(
          numberValues,
          "a: i32, b: i32",
          "i32",
          "  i32.store a, b align 2\n  r = i32.load a align 2\n  return r",
        ),
      ),
    ).toEqual(["i32.store"]));
  it("does not forward past a store that may alias", () =>
    expect(
      ops(
        applied(
          numberValues,
          "a: i32, b: i32",
          "i32",
          "  x = i32.load a align 2\n  i32.store b, x align 2\n  r = i32.load a align 2\n  s = i32.add x, r\n  return s",
        ),
      ),
    ).toEqual(["i32.load", "i32.store", "i32.load", "i32.add"]));
});

it("dead store elimination drops what is overwritten, and keeps what may be read between", () => {
  expect(
    ops(
      applied(
        eliminateDeadStores,
        "a: i32, b: i32",
        "",
        "  i32.store a, b align 2\n  i32.store a, a align 2\n  return",
      ),
    ),
  ).toEqual(["i32.store"]);
  expect(
    ops(
      applied(
        eliminateDeadStores,
        "a: i32, b: i32",
        "i32",
        "  i32.store a, b align 2\n  x = i32.load b align 2\n  i32.store a, a align 2\n  return x",
      ),
    ),
  ).toEqual(["i32.store", "i32.load", "i32.store"]);
});

it.each(["i, step", "step, i"])(
  "the carry of a sum that a loop carries is found by the other addend: i64.add %s",
  (addends) => {
    const func = applied(
      splitI64,
      "step: i64, start: i64",
      "i64",
      `  jump b1(start)\nb1(i: i64):\n  n = i64.add ${addends}\n  z = i64.eqz n\n  br z, b2, b1(n)\nb2:\n  return n`,
    );
    const [entry, loop] = func.blocks;
    const carry = loop!.values.find(({ op }) => op === "i32.lt_u")!;
    expect(carry.args[1]).toBe(entry!.params[0]);
  },
);
it("hoisting takes what does not change out of a loop", () => {
  const func = applied(
    hoistInvariants,
    "a: i32, b: i32",
    "i32",
    "  jump b1(a)\nb1(i: i32):\n  k = i32.mul b, b\n  n = i32.sub i, k\n  br n, b1(n), b2\nb2:\n  return n",
  );
  expect(ops(func, 0)).toContain("i32.mul");
});

it("sinking leaves the computation to the branch that uses it", () => {
  const func = applied(
    sinkValues,
    "a: i32, b: i32",
    "i32",
    "  x = i32.mul a, b\n  br a, b1, b2\nb1:\n  return x\nb2:\n  return b",
  );
  expect(ops(func, 0)).toEqual([]);
});

it("jump threading decides a test whose outcome the predecessor knows", () => {
  const func = applied(
    cleanCfg,
    "a: i32, b: i32",
    "i32",
    "  one = i32.const #1\n  zero = i32.const #0\n  br a, b1, b2\nb1:\n  jump b3(one)\nb2:\n  jump b3(zero)\nb3(c: i32):\n  br c, b4, b5\nb4:\n  return a\nb5:\n  return b",
  );
  expect(func.blocks.length).toBe(3);
});
