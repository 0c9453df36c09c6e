/** Forms of a profile: each must say what the run cost, to the cycle. Read back by small readers of our own; see docs/profile.md for the tools themselves. */
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { type Program, readProgram } from "../../../emulator/image/program.ts";
import { FULL } from "../../../emulator/machine/config.ts";
import { FIRST_LABEL, profileProgram } from "../../../emulator/profile/profile.ts";
import { ReplayTape } from "../../../emulator/tape/device.ts";
import { flameGraph } from "../../../host/report/flame-graph.ts";
import { pprof } from "../../../host/report/pprof.ts";
import { profileReport } from "../../../host/report/profile-report.ts";
import { describeProfile } from "../../../host/report/profile-text.ts";
import { speedscope } from "../../../host/report/speedscope.ts";
import { assemble, END, image, loadImmediate } from "../../lib/assemble.ts";

const MAIN = [
  ...loadImmediate(10, 0x400000),
  ...loadImmediate(11, 0x400020),
  assemble("jal", { rd: 5, imm: 12 }),
  assemble("jal", { rd: 5, imm: 8 }),
  END,
];
const OPERATION = [assemble("addi", { rd: 12, imm: 1 }), assemble("u256")];
const ADD = [...OPERATION, ...OPERATION, assemble("jalr", { rs1: 5 })];
const SECOND_CALL = 20;

/** Two calls of a function, the second in another section. A name that would break a page. */
const program: Program = {
  ...readProgram(image(MAIN, ADD)),
  symbols: [
    { name: "main", address: 0, size: 4 * MAIN.length, kind: "function" },
    { name: "</script>add<b>", address: 4 * MAIN.length, size: 4 * ADD.length, kind: "function" },
  ],
};
const profile = profileProgram(program, FULL, new ReplayTape(new Uint32Array()), {
  watch: { places: new Map([[SECOND_CALL, ({ tree }) => tree.section(FIRST_LABEL + 1)]]) },
  nameOf: (label) => `section ${label - FIRST_LABEL}`,
});
const report = profileReport("test", program, profile);
const [CYCLES, U256] = [MAIN.length + 2 * ADD.length, 4];
const EFFECTIVE = CYCLES + 4 * U256;

test("the report adds up", () => {
  expect(report).toMatchObject({ cycles: CYCLES, u256: U256, blake2s: 0, effective: EFFECTIVE });
  expect(report.stop.kind).toBe("finished");
  expect(report.sections.map(({ name, effective }) => [name, effective])).toEqual([
    ["section 0", 5 + ADD.length + 8],
    ["section 1", 2 + ADD.length + 8],
  ]);
  expect(report.functions.map(({ name, calls, self }) => [name, calls, self.effective])).toEqual([
    ["</script>add<b>", 2, 2 * ADD.length + 16],
    ["main", 1, MAIN.length],
  ]);
  expect(report.functions[1].total.effective).toBe(EFFECTIVE);
});

test("speedscope: both profiles' weights, stacks from the section down", () => {
  const file = JSON.parse(speedscope(report));
  const names: string[] = file.shared.frames.map(({ name }: { name: string }) => name);
  expect(file.profiles.map(({ endValue }: { endValue: number }) => endValue)).toEqual([EFFECTIVE, CYCLES]);
  for (const { type, samples, weights, endValue } of file.profiles) {
    expect(type).toBe("sampled");
    expect(weights.length).toBe(samples.length);
    expect(weights.reduce((sum: number, weight: number) => sum + weight, 0)).toBe(endValue);
  }
  const stacks = file.profiles[0].samples.map((stack: number[]) => stack.map((frame) => names[frame]).join(";"));
  expect(stacks).toContain("section 1;main;</script>add<b>;U256 delegation (4 each)");
});

/** Fields of a protocol buffer message: number → values (varints as numbers, the rest as bytes). */
function fields(bytes: Uint8Array): Map<number, (number | Uint8Array)[]> {
  const found = new Map<number, (number | Uint8Array)[]>();
  let at = 0;
  const varint = () => {
    for (let value = 0, scale = 1; ; scale *= 128) {
      const byte = bytes[at++];
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const key = varint();
    let value: number | Uint8Array = varint();
    if (key % 8 === 2) value = bytes.subarray(at, (at += value));
    else expect(key % 8).toBe(0);
    found.set(key >> 3, [...(found.get(key >> 3) ?? []), value]);
  }
  return found;
}
const packed = (bytes: Uint8Array): number[] => {
  // the same varints, each as a field
  const values: number[] = [];
  for (let at = 0; at < bytes.length; ) {
    let [value, scale] = [0, 1];
    for (; bytes[at] >= 128; scale *= 128) value += (bytes[at++] & 127) * scale;
    values.push(value + bytes[at++] * scale);
  }
  return values;
};

test("pprof: values, and names by location", () => {
  const message = fields(gunzipSync(pprof(report)));
  const strings = message.get(6)!.map((bytes) => new TextDecoder().decode(bytes as Uint8Array));
  expect(strings[0]).toBe("");
  const types = message.get(1)!.map((bytes) => strings[fields(bytes as Uint8Array).get(1)![0] as number]);
  expect(types).toEqual(["effective", "cycles", "blake2s", "u256"]);
  const nameOf = new Map(
    message.get(5)!.map((bytes) => {
      const entry = fields(bytes as Uint8Array);
      return [entry.get(1)![0] as number, strings[entry.get(2)![0] as number]];
    }),
  );
  const sums = [0, 0, 0, 0];
  const stacks: string[] = [];
  for (const bytes of message.get(2)!) {
    const sample = fields(bytes as Uint8Array);
    packed(sample.get(2)![0] as Uint8Array).forEach((value, i) => {
      sums[i] += value;
    });
    stacks.push(
      packed(sample.get(1)![0] as Uint8Array)
        .map((id) => nameOf.get(id))
        .join(" < "),
    );
  }
  expect(sums).toEqual([EFFECTIVE, CYCLES, 0, U256]);
  expect(stacks).toContain("U256 delegation (4 each) < </script>add<b> < main < section 1");
});

describe("the flame graph", () => {
  const page = flameGraph(report);

  test("carries the whole tree, and no name ends its element", () => {
    const json = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(page)![1];
    const data = JSON.parse(json);
    expect(data.cycles.reduce((sum: number, n: number) => sum + n, 0)).toBe(CYCLES);
    expect(data.u256.reduce((sum: number, n: number) => sum + n, 0)).toBe(U256);
    expect(data.frames.map(([name]: string[]) => name)).toContain("</script>add<b>");
    expect(page.match(/<\/script>/g)).toHaveLength(2);
  });

  test("asks for nothing from anywhere, and its script is well formed", () => {
    expect(page).not.toMatch(/https?:|src=|@import|url\(/);
    const script = /<script>(.*)<\/script>/s.exec(page)![1];
    expect(() => new Function(script)).not.toThrow();
  });
});

test("the text has a table for each question, cut at --top", () => {
  const text = describeProfile(report, 1);
  expect(text).toContain(`effective cycles ${EFFECTIVE}`);
  for (const title of ["by transaction and phase", "by function", "by call path"]) expect(text).toContain(title);
  expect(text).toContain("… 1 more (--top 2)");
  expect(text).not.toContain("by EVM opcode");
});
