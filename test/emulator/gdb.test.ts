/** The GDB protocol: packets by hand, and a real debugger where there is one. */
import { execFile, spawnSync } from "node:child_process";
import { createServer } from "node:net";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { interpreter } from "../../emulator/engine/interpreter.ts";
import { GdbSession } from "../../emulator/gdb/session.ts";
import { FULL } from "../../emulator/machine/config.ts";
import { ReplayTape } from "../../emulator/tape/device.ts";
import { assemble, END, image } from "../lib/assemble.ts";

/** Counts a0 up to a1, stores each value at 0x200000, and ends. */
const PROGRAM = image(
  assemble("lui", { rd: 5, imm: 0x200000 }),
  assemble("addi", { rd: 11, imm: 5 }),
  // loop (8)
  assemble("addi", { rd: 10, rs1: 10, imm: 1 }),
  assemble("sw", { rs1: 5, rs2: 10, imm: 0 }),
  assemble("bne", { rs1: 10, rs2: 11, imm: -8 }),
  END,
);
const ENDLESS = image(assemble("addi", { rd: 10, rs1: 10, imm: 1 }), assemble("jal", { imm: -4 }));

const load = (program = PROGRAM) => interpreter.load(program, FULL, new ReplayTape(new Uint32Array()));

function packet(body: string): string {
  const sum = [...body].reduce((total, c) => (total + c.charCodeAt(0)) & 255, 0);
  return `$${body}#${sum.toString(16).padStart(2, "0")}`;
}

function connect(program?: Uint8Array) {
  const machine = load(program);
  const sent: string[] = [];
  const session = new GdbSession(machine, (text) => sent.push(text));
  /** Sends a packet and gives the bodies that come back. */
  const ask = async (body: string) => {
    sent.length = 0;
    session.receive(packet(body));
    while (!sent.some((text) => /^\$(?!O[0-9a-f])/.test(text))) await new Promise((resolve) => setTimeout(resolve, 1));
    return sent.filter((text) => text !== "+").map((text) => text.slice(1, -3));
  };
  return { machine, session, sent, ask };
}

test("registers and memory", async () => {
  const { machine, ask } = connect();
  machine.run({ maxCycles: 4 });
  expect(await ask("?")).toEqual(["S05"]);
  expect((await ask("g"))[0]).toHaveLength(33 * 8);
  expect(await ask("pa")).toEqual(["01000000"]);
  expect(await ask("p20")).toEqual(["10000000"]);
  expect(await ask("p21")).toEqual(["E01"]);
  expect(await ask("Pa=78563412")).toEqual(["OK"]);
  expect(machine.registers[10]).toBe(0x12345678);
  expect(await ask("P0=01000000")).toEqual(["OK"]);
  expect(machine.registers[0]).toBe(0);
  expect(await ask("m200000,5")).toEqual(["0100000000"]);
  expect(await ask("M200001,2:aabb")).toEqual(["OK"]);
  expect(machine.readWord(0x200000)).toBe(0x00bbaa01);
  expect(await ask("X200003,2:}\x03\x01")).toEqual(["OK"]);
  expect(machine.readWord(0x200000)).toBe(0x23bbaa01);
  expect(machine.readWord(0x200004)).toBe(1);
  expect(await ask("m3fffffff,2")).toEqual(["E01"]);
  expect(await ask("unknown")).toEqual([""]);
});

test("breakpoints, steps, the end", async () => {
  const { machine, session, ask } = connect();
  expect(await ask("Z0,c,4")).toEqual(["OK"]);
  expect(await ask("vCont;c")).toEqual(["S05"]);
  expect([machine.pc, machine.registers[10]]).toEqual([12, 1]);
  expect(await ask("s")).toEqual(["S05"]);
  expect(machine.pc).toBe(16);
  expect(await ask("c")).toEqual(["S05"]);
  expect([machine.pc, machine.registers[10]]).toEqual([12, 2]);
  expect(await ask("Z2,200000,4")).toEqual([""]);
  expect(await ask("z0,c,4")).toEqual(["OK"]);
  expect((await ask("c")).at(-1)).toBe("W00");
  expect(await session.ended).toEqual({ kind: "ended", stop: { kind: "finished", pc: 20, cycles: 2 + 5 * 3 + 1 } });
});

test("a run can be interrupted", async () => {
  const { machine, session, sent } = connect(ENDLESS);
  session.receive(packet("c"));
  await new Promise((resolve) => setTimeout(resolve, 5));
  session.receive("\x03");
  while (!sent.includes(packet("S02"))) await new Promise((resolve) => setTimeout(resolve, 1));
  expect(machine.cycles).toBeGreaterThan(0);
});

test("broken packets are asked for again", () => {
  const { session, sent } = connect();
  session.receive("$g#00");
  expect(sent).toEqual(["-"]);
});

const hasGdb = spawnSync("gdb-multiarch", ["--version"]).status === 0;
if (!hasGdb) console.error("skipped: a real debugger (gdb-multiarch is not installed)");

test.skipIf(!hasGdb)("a real gdb", async () => {
  const machine = load();
  const server = createServer((socket) => {
    const session = new GdbSession(machine, (text) => socket.write(text, "latin1"));
    socket.on("data", (bytes) => session.receive(bytes.toString("latin1")));
    socket.on("error", () => session.close());
    void session.ended.then(() => socket.end());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const { port } = server.address() as { port: number };
  const commands = [
    "set architecture riscv:rv32",
    `target remote 127.0.0.1:${port}`,
    "x/2i 8",
    "break *0x10 if $a0 == 3",
    "continue",
    "print $a0",
    "x/1dw 0x200000",
    "set var *(int*)0x200010 = 42",
    "set $a1 = 4",
    "stepi",
    "print $pc",
    "delete",
    "continue",
  ];
  const { stdout } = await promisify(execFile)("gdb-multiarch", [
    "-batch",
    "-nx",
    ...commands.flatMap((c) => ["-ex", c]),
  ]);
  server.close();
  expect(stdout).toMatch(/0x8:\s+add\w*\s+a0,a0,1/);
  expect(stdout).toContain("$1 = 3");
  expect(stdout).toMatch(/0x200000:\s+3/);
  expect(stdout).toMatch(/\$2 = \(.*\) 0x8/);
  expect(stdout).toContain("exited normally");
  expect(machine.readWord(0x200010)).toBe(42);
  expect(machine.readWord(0x200000)).toBe(4);
});
