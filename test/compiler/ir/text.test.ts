import { describe, expect, it } from "vitest";
import { runtimeFunctions } from "../../../compiler/ir/runtime.ts";
import { parseFuncs, printFunc } from "../../../compiler/ir/text.ts";
import { verify } from "../../../compiler/ir/verify.ts";

describe("text form", () => {
  for (const func of runtimeFunctions().values())
    it(`prints and parses $${func.symbol}`, () => {
      verify(func, "parse");
      const text = printFunc(func);
      const [again] = parseFuncs(text);
      verify(again!, "second parse");
      // numbers may differ the first time, not the second
      expect(printFunc(parseFuncs(printFunc(again!))[0]!)).toBe(printFunc(again!));
      expect(again!.blocks.length).toBe(func.blocks.length);
    });

  it("prints and parses tail calls", () => {
    const text =
      'func $f "f" (i32) {\nb0(v0: i32):\n  br v0, b1, b2\nb1:\n  return_call $g v0\nb2:\n  return_call_indirect v0, v0\n}\n';
    const [func] = parseFuncs(text);
    verify(func!, "parse");
    expect(printFunc(func!)).toBe(text);
  });

  it("names what it cannot read", () => {
    expect(() => parseFuncs('func $f "f" () {\nb0:\n  v1 = i32.frob\n  return\n}')).toThrow(
      "unknown operation i32.frob",
    );
  });
});

describe("verifier", () => {
  const broken = (body: string) => () => verify(parseFuncs(`func $f "f" (i32) {\n${body}\n}`)[0]!, "test");
  it("refuses a definition that does not dominate", () => {
    expect(
      broken("b0(a: i32):\n  br a, b1, b2\nb1:\n  x = i32.const #1\n  jump b3\nb2:\n  jump b3\nb3:\n  return x"),
    ).toThrow("does not dominate");
  });
  it("refuses a wrong number of edge arguments", () => {
    expect(broken("b0(a: i32):\n  jump b1\nb1(p: i32):\n  return p")).toThrow("edge to");
  });
  it("refuses a wrong type", () => {
    expect(broken("b0(a: i32):\n  x: i64 = i64.const #1\n  y = i32.add a, x\n  return y")).toThrow(
      "is i64, should be i32",
    );
  });
  it("refuses a return of the wrong shape", () => {
    expect(broken("b0(a: i32):\n  return")).toThrow("types differ from results");
  });
});
