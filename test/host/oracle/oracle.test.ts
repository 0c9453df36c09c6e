/** The oracle against what the original's oracle answered in every vector. */
import { describe, expect, it } from "vitest";
import { readBundle } from "../../../host/blocks/bundle.ts";
import { OracleDevice } from "../../../host/oracle/device.ts";
import { Oracle } from "../../../host/oracle/oracle.ts";
import { DISCONNECT, describeQuery, PREIMAGE, queryById, UART } from "../../../host/oracle/queries.ts";
import { recordedQueries, recordedTape, vectorCases } from "../../lib/vectors.ts";

const cases = vectorCases().filter(({ folder }) => recordedQueries(folder) !== undefined);

/** Position of the first word that differs, −1 where there is none. (Vitest's own comparison takes seconds here.) */
function firstDifference(a: Uint32Array, b: Uint32Array): number {
  const at = a.findIndex((word, i) => word !== b[i]);
  return at >= 0 || a.length === b.length ? at : a.length;
}

describe.skipIf(cases.length === 0)("recorded queries", () => {
  it.each(cases)("$flavour/$name", ({ folder }) => {
    const queries = recordedQueries(folder)!;
    const device = new OracleDevice(new Oracle(readBundle(folder)));
    for (const { id, name, parameters, reads } of queries) {
      expect(queryById(id)?.name).toBe(name);
      for (const word of [id, parameters.length, ...parameters]) device.write(word);
      const answer = Uint32Array.from(reads, () => device.read());
      expect(firstDifference(answer, reads)).toBe(-1);
    }
    expect(firstDifference(device.tape(), recordedTape(folder)!)).toBe(-1);
    expect(device.queries.length).toBe(queries.length);
  });

  it("describes every recorded query by name and value", () => {
    const { folder } = cases.find(({ name }) => name === "b_transfer_eip1559")!;
    for (const { id, parameters, reads } of recordedQueries(folder)!) {
      const described = describeQuery(id, parameters, reads.subarray(1));
      expect(described.parameters.concat(described.answer).some(([field]) => field === "words")).toBe(false);
    }
    const slot = recordedQueries(folder)!.find(({ id }) => id === 4)!;
    const { parameters, answer } = describeQuery(4, slot.parameters, slot.reads.subarray(1));
    expect(parameters).toContainEqual(["address", "0x0000000000000000000000000000000000008003"]);
    expect(answer.map(([field]) => field)).toEqual(["isNew", "value"]);
  });

  it("says what is wrong when it cannot answer", () => {
    const oracle = new Oracle(readBundle(cases[0].folder));
    expect(() => oracle.answer(77, new Uint32Array())).toThrow(
      /query 0x4d cannot be answered: the oracle has no such query/,
    );
    expect(() => oracle.answer(PREIMAGE, new Uint32Array(8))).toThrow(/no preimage of 0x0+ is known/);
    expect(() => oracle.answer(PREIMAGE, new Uint32Array(6))).toThrow(/6 words of parameters/);
    expect(() => oracle.answer(9, new Uint32Array(8).fill(5))).toThrow(/no leaf with the key 0x0500000005/);
  });
});

describe("hints", () => {
  const oracle = new Oracle({ name: "none", transactions: [] } as unknown as ConstructorParameters<typeof Oracle>[0]);

  it("are answered beside the queries", () => {
    const parameters = new Uint32Array(16);
    [parameters[0], parameters[8]] = [17, 5];
    expect([...oracle.answer(0x57500001, parameters)]).toEqual([3, 0, 0, 0, 0, 0, 0, 0]);
    expect(describeQuery(0x57500001, parameters, new Uint32Array(8)).name).toBe("hint 0x57500001");
  });

  it("that do not exist are the guest's fault", () => {
    expect(() => oracle.answer(0x57500001, new Uint32Array(16))).toThrow(
      /query 0x57500001 cannot be answered: Division by zero/,
    );
  });
});

describe("device", () => {
  const echo = { answer: (id: number, parameters: Uint32Array) => Uint32Array.of(id, ...parameters) };
  const ask = (device: OracleDevice, ...words: number[]) => {
    for (const word of words) device.write(word);
  };

  it("has nothing to read before a query and after an answer", () => {
    const device = new OracleDevice(echo);
    expect(device.read()).toBe(-1);
    ask(device, 5, 1, 9);
    expect([device.read(), device.read(), device.read(), device.read()]).toEqual([2, 5, 9, -1]);
    expect([...device.tape()]).toEqual([2, 5, 9]);
  });

  it("drops what is left of an answer when the next query begins", () => {
    const device = new OracleDevice(echo);
    ask(device, 5, 0);
    expect(device.read()).toBe(1);
    device.write(6 + 1);
    expect(device.read()).toBe(-1);
    device.write(0);
    expect([device.read(), device.read()]).toEqual([1, 7]);
  });

  it("reads 0 after the disconnect, and still takes text for the log", () => {
    const log: string[] = [];
    const bundle = { transactions: [] } as unknown as ConstructorParameters<typeof Oracle>[0];
    const device = new OracleDevice(new Oracle(bundle, { onUart: (text) => log.push(text) }));
    ask(device, DISCONNECT, 0, 0, 0);
    expect([device.read(), device.read()]).toEqual([0, 0]);
    ask(device, UART, 3, 5, ...new Uint32Array(new TextEncoder().encode("hello\0\0\0").buffer));
    expect(log).toEqual(["hello"]);
    expect(device.read()).toBe(0);
    ask(device, 0, 0);
    expect(device.read()).toBe(0);
    expect(device.queries.map(({ id }) => id)).toEqual([DISCONNECT, UART]);
  });

  it("keeps a tape of any length", () => {
    const device = new OracleDevice({ answer: () => new Uint32Array(10_000) });
    ask(device, 0, 0);
    for (let i = 0; i <= 10_000; i++) device.read();
    expect(device.tape().length).toBe(10_001);
  });
});
