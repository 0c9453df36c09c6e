/**
 * A profile for `go tool pprof` (https://github.com/google/pprof/blob/main/proto/profile.proto), gzipped: a sample for each place in the tree of calls, with its cost as
 * effective cycles (the default), cycles, and calls of each delegation, which are frames of their own. The section (transaction) is a label, and the outermost frame.
 */
import { gzipSync } from "node:zlib";
import { DELEGATION_FRAMES, type ProfileReport, type ReportFrame } from "./profile-report.ts";

/** Field numbers of the messages. */
const PROFILE = { sampleType: 1, sample: 2, location: 4, function: 5, strings: 6, defaultSampleType: 14 };
const VALUE_TYPE = { type: 1, unit: 2 };
const SAMPLE = { location: 1, value: 2, label: 3 };
const LABEL = { key: 1, string: 2 };
const LOCATION = { id: 1, line: 4 };
const LINE = { function: 1, line: 2 };
const FUNCTION = { id: 1, name: 2, systemName: 3, filename: 4, startLine: 5 };

/** Just enough of protocol buffers: varints and length-delimited fields. */
class Message {
  readonly bytes: number[] = [];

  #varint(value: number): void {
    let rest = value;
    while (rest >= 128) {
      this.bytes.push((rest % 128) | 128);
      rest = Math.floor(rest / 128);
    }
    this.bytes.push(rest);
  }
  /** Zero is the default and is left out. */
  number(field: number, value: number): this {
    if (value === 0) return this;
    this.#varint(field * 8);
    this.#varint(value);
    return this;
  }
  packed(field: number, values: readonly number[]): this {
    const inner = new Message();
    for (const value of values) inner.#varint(value);
    return this.#delimited(field, inner.bytes);
  }
  message(field: number, inner: Message): this {
    return this.#delimited(field, inner.bytes);
  }
  text(field: number, value: string): this {
    return this.#delimited(field, new TextEncoder().encode(value));
  }
  #delimited(field: number, content: ArrayLike<number>): this {
    this.#varint(field * 8 + 2);
    this.#varint(content.length);
    for (let i = 0; i < content.length; i++) this.bytes.push(content[i]);
    return this;
  }
}

const VALUES = ["effective", "cycles", "blake2s", "u256"] as const;

export function pprof(report: ProfileReport): Uint8Array {
  const { frames, nodes } = report;
  const strings = new Map([["", 0]]);
  const string = (value: string): number => {
    if (!strings.has(value)) strings.set(value, strings.size);
    return strings.get(value)!;
  };
  const profile = new Message();
  for (const name of VALUES) {
    const unit = name === "effective" || name === "cycles" ? "cycles" : "calls";
    const type = new Message().number(VALUE_TYPE.type, string(name)).number(VALUE_TYPE.unit, string(unit));
    profile.message(PROFILE.sampleType, type);
  }
  // a location and a function for each frame, numbered from 1
  const stacks: number[][] = [];
  const section: number[] = [];
  nodes.forEach(({ parent, frame, cycles, blake2s, u256 }, i) => {
    stacks.push(parent < 0 ? [frame + 1] : [frame + 1, ...stacks[parent]]);
    section.push(parent < 0 ? frame : section[parent]);
    const label = new Message()
      .number(LABEL.key, string("section"))
      .number(LABEL.string, string(frames[section[i]].name));
    const put = (stack: readonly number[], values: readonly number[]): void => {
      if (values[0] === 0) return;
      const sample = new Message().packed(SAMPLE.location, stack).packed(SAMPLE.value, values);
      profile.message(PROFILE.sample, sample.message(SAMPLE.label, label));
    };
    put(stacks[i], [cycles, cycles, 0, 0]);
    put([frames.length + 1, ...stacks[i]], [16 * blake2s, 0, blake2s, 0]);
    put([frames.length + 2, ...stacks[i]], [4 * u256, 0, 0, u256]);
  });
  const described: readonly Partial<ReportFrame>[] = [...frames, ...DELEGATION_FRAMES];
  described.forEach(({ name = "", file = "", line = 0 }, i) => {
    const place = new Message().number(LINE.function, i + 1).number(LINE.line, line);
    profile.message(PROFILE.location, new Message().number(LOCATION.id, i + 1).message(LOCATION.line, place));
    const message = new Message()
      .number(FUNCTION.id, i + 1)
      .number(FUNCTION.name, string(name))
      .number(FUNCTION.systemName, string(name))
      .number(FUNCTION.filename, string(file))
      .number(FUNCTION.startLine, line);
    profile.message(PROFILE.function, message);
  });
  profile.number(PROFILE.defaultSampleType, string("effective"));
  for (const value of strings.keys()) profile.text(PROFILE.strings, value);
  return gzipSync(Uint8Array.from(profile.bytes));
}
