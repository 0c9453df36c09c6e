/** What the translator's guards believe of values is true: operators on random forms, held against operators on random values of these forms. */
import { expect, test } from "vitest";
import { add, between, type Form, hull, REGISTERS, shiftLeft, TRANSFER } from "../../emulator/engine/translate/form.ts";
import { OPERATORS, type OperatorName } from "../../emulator/isa/expression.ts";
import { Random } from "../lib/random.ts";

const random = new Random(11);
const registers = Array.from({ length: 32 }, (_, register) => (register === 0 ? 0 : random.word() | 0));

/** A form, and one of the values that it allows. */
interface Example {
  readonly form: Form;
  readonly value: number;
}

const sumOf = ({ terms }: Form) => terms.reduce((sum, term) => (sum + (registers[term >>> 5]! << (term % 32))) | 0, 0);

function example(): Example {
  const align = random.pick([1, 2, 4]);
  const isNatural = random.below(2) === 0;
  const edge = () => {
    const value = (random.word() | 0) >> random.below(32);
    return align * Math.floor((isNatural ? value & 0x7fff_ffff : value) / align);
  };
  const [x, y] = [edge(), random.below(3) === 0 ? undefined : edge()];
  const [low, high] = y === undefined ? [x, x] : [Math.min(x, y), Math.max(x, y)];
  const value = low + align * (random.word() % (Math.floor((high - low) / align) + 1));
  let form: Form | undefined = between(low, high, align);
  if (!isNatural)
    for (let i = random.below(3); i > 0 && form; i--) {
      const term = shiftLeft(REGISTERS[1 + random.below(3)]!, random.below(4));
      form = term && add(form, term);
    }
  return form ? { form, value: (value + sumOf(form)) | 0 } : example();
}

function allows(form: Form, value: number): boolean {
  const number = (value - sumOf(form)) | 0;
  const [low, high] = [form.low, form.high];
  // modulo 2^32: the number is known to 32 bits
  return [number, number + 2 ** 32, number - 2 ** 32].some((n) => n >= low && n <= high && n % form.align === 0);
}

test.each(Object.keys(TRANSFER) as OperatorName[])("%s", (name) => {
  let known = 0;
  for (let i = 0; i < 20_000; i++) {
    const [a, b] = [example(), example()];
    const form = TRANSFER[name]!(a.form, b.form);
    if (!form) continue;
    known++;
    const value = Number(OPERATORS[name].evaluate(a.value as never, b.value as never));
    expect({ a, b, form, value, allowed: allows(form, value) }).toMatchObject({ allowed: true });
  }
  expect(known).toBeGreaterThan(300);
});

test("a hull allows what either does", () => {
  let known = 0;
  for (let i = 0; i < 20_000; i++) {
    const [a, b] = [example(), example()];
    const both = hull(a.form, b.form);
    if (!both) continue;
    known++;
    expect(allows(both, a.value) && allows(both, b.value)).toBe(true);
  }
  expect(known).toBeGreaterThan(1000);
});
