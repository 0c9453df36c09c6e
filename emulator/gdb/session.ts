/**
 * The GDB remote serial protocol (GDB manual, appendix E) for one machine and one debugger. Text in, text out: whoever owns the
 * connection (a TCP server in the host, a socket in a browser) feeds `receive` and sends what `send` is given. Bytes travel as characters 0…255.
 */
import type { Machine } from "../engine/engine.ts";
import { REGISTER_NAMES } from "../isa/disassemble.ts";
import { ADDRESS_SPACE } from "../machine/layout.ts";
import type { Stop } from "../machine/stop.ts";

export interface SessionOptions {
  /** Stops the run for good, as the end of the program does. */
  maxCycles?: number;
  /** A sentence for the user about a stop that is not plain; default: kind and message. */
  explain?: (stop: Stop) => string;
  /** Lets input arrive while the guest runs; default: a turn of the event loop. */
  pause?: () => Promise<void>;
}

/** How a session ended: the program came to an end, the debugger let it go (to be run on), or killed it. */
export type SessionEnd = { kind: "ended"; stop: Stop } | { kind: "detached" } | { kind: "killed" };

const [SIGINT, SIGILL, SIGTRAP, SIGSEGV, SIGXCPU] = ["02", "04", "05", "0b", "18"];
/** Cycles between two looks at the connection. */
const SLICE = 2 ** 22;
const PC = 32;
const PACKET_SIZE = 0x4000;

const byteHex = (value: number) => (value & 0xff).toString(16).padStart(2, "0");
const wordHex = (value: number) => [0, 8, 16, 24].map((shift) => byteHex(value >>> shift)).join("");
const textHex = (text: string) => [...new TextEncoder().encode(text)].map(byteHex).join("");
const bytesOf = (hex: string) => (hex.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16));
const wordOf = (hex: string) => bytesOf(hex).reduceRight((value, byte) => value * 256 + byte, 0) >>> 0;
const number = (hex: string) => Number.parseInt(hex, 16);

const TARGET = `<?xml version="1.0"?>
<!DOCTYPE target SYSTEM "gdb-target.dtd">
<target version="1.0"><architecture>riscv:rv32</architecture><feature name="org.gnu.gdb.riscv.cpu">
${REGISTER_NAMES.map((name, i) => `<reg name="${name === "s0" ? "fp" : name}" bitsize="32" regnum="${i}" type="${name === "sp" ? "data_ptr" : name === "ra" ? "code_ptr" : "int"}"/>`).join("\n")}
<reg name="pc" bitsize="32" regnum="${PC}" type="code_ptr"/>
</feature></target>`;

export class GdbSession {
  readonly #machine: Machine;
  readonly #send: (text: string) => void;
  readonly #options: SessionOptions;
  #buffer = "";
  #acknowledge = true;
  #interrupted = false;
  #running = false;
  #queue: Promise<void> = Promise.resolve();
  #ended: SessionEnd | undefined;
  #lastStop = `S${SIGTRAP}`;
  readonly #whenEnded: PromiseWithResolvers<SessionEnd> = Promise.withResolvers();

  constructor(machine: Machine, send: (text: string) => void, options: SessionOptions = {}) {
    this.#machine = machine;
    this.#send = send;
    this.#options = options;
  }

  /** Resolves when the program has ended or the debugger has gone. */
  get ended(): Promise<SessionEnd> {
    return this.#whenEnded.promise;
  }

  /** The connection is gone. */
  close(): void {
    this.#interrupted = true;
    this.#end({ kind: "killed" });
  }

  #end(end: SessionEnd): void {
    this.#ended ??= end;
    this.#whenEnded.resolve(this.#ended);
  }

  receive(text: string): void {
    this.#buffer += text;
    for (;;) {
      const first = this.#buffer[0];
      if (first === undefined) return;
      if (first === "\x03") {
        this.#interrupted = this.#running;
        this.#buffer = this.#buffer.slice(1);
      } else if (first !== "$") {
        // acknowledgements: the connection is reliable, nothing is ever sent twice
        this.#buffer = this.#buffer.slice(1);
      } else {
        const end = this.#buffer.indexOf("#");
        if (end < 0 || this.#buffer.length < end + 3) return;
        const body = this.#buffer.slice(1, end);
        const sum = number(this.#buffer.slice(end + 1, end + 3));
        this.#buffer = this.#buffer.slice(end + 3);
        this.#accept(body, sum);
      }
    }
  }

  #accept(body: string, sum: number): void {
    if (checksum(body) !== sum) {
      this.#send("-");
      return;
    }
    if (this.#acknowledge) this.#send("+");
    this.#queue = this.#queue.then(async () => {
      const answer = await this.#handle(unescapeBinary(body));
      if (answer !== undefined) this.#reply(answer);
    });
  }

  #reply(body: string): void {
    this.#send(`$${body}#${byteHex(checksum(body))}`);
  }

  /** @returns the answer, empty for what is not supported, undefined for none */
  async #handle(body: string): Promise<string | undefined> {
    const prefix = Object.keys(this.#handlers).find((name) => body.startsWith(name));
    return prefix === undefined ? "" : this.#handlers[prefix](body.slice(prefix.length));
  }

  /** By beginning of the packet; of two that fit the first counts. */
  readonly #handlers: Record<string, (rest: string) => string | undefined | Promise<string | undefined>> = {
    qSupported: () =>
      `PacketSize=${PACKET_SIZE.toString(16)};qXfer:features:read+;QStartNoAckMode+;swbreak+;vContSupported+`,
    QStartNoAckMode: () => {
      this.#acknowledge = false;
      return "OK";
    },
    "qXfer:features:read:target.xml:": (rest) => {
      const [offset, length] = rest.split(",").map(number);
      const part = TARGET.slice(offset, offset + length);
      return (offset + length >= TARGET.length ? "l" : "m") + part;
    },
    qAttached: () => "1",
    qfThreadInfo: () => "m1",
    qsThreadInfo: () => "l",
    qC: () => "QC1",
    qSymbol: () => "OK",
    "vCont?": () => "vCont;c;C;s;S",
    "vCont;": (rest) => (/^[sS]/.test(rest) ? this.#step() : this.#continue()),
    vKill: () => {
      this.#end({ kind: "killed" });
      return "OK";
    },
    "?": () => this.#lastStop,
    H: () => "OK",
    T: () => "OK",
    g: () => [...this.#machine.registers, this.#machine.pc].map(wordHex).join(""),
    G: (rest) => {
      for (let i = 0; i <= PC && 8 * i < rest.length; i++) this.#setRegister(i, wordOf(rest.slice(8 * i, 8 * i + 8)));
      return "OK";
    },
    p: (rest) => this.#register(number(rest)),
    P: (rest) => {
      const [index, value] = rest.split("=");
      if (number(index) > PC) return "E01";
      this.#setRegister(number(index), wordOf(value));
      return "OK";
    },
    m: (rest) => this.#readMemory(rest),
    M: (rest) => {
      const [place, data] = rest.split(":");
      return this.#writeMemory(place, bytesOf(data));
    },
    X: (rest) => {
      const colon = rest.indexOf(":");
      return this.#writeMemory(
        rest.slice(0, colon),
        [...rest.slice(colon + 1)].map((c) => c.charCodeAt(0)),
      );
    },
    Z: (rest) => this.#breakpoint(rest, (address) => this.#machine.breakpoints.add(address)),
    z: (rest) => this.#breakpoint(rest, (address) => this.#machine.breakpoints.delete(address)),
    c: () => this.#continue(),
    s: () => this.#step(),
    D: () => {
      this.#machine.breakpoints.clear();
      // the answer must be on its way before whoever waits closes the connection
      this.#reply("OK");
      this.#end({ kind: "detached" });
      return undefined;
    },
    k: () => {
      this.#end({ kind: "killed" });
      return undefined;
    },
  };

  #register(index: number): string {
    if (index > PC) return "E01";
    return wordHex(index === PC ? this.#machine.pc : this.#machine.registers[index]);
  }

  #setRegister(index: number, value: number): void {
    if (index === PC) this.#machine.pc = value;
    else if (index !== 0) this.#machine.registers[index] = value;
  }

  #readMemory(place: string): string {
    const [address, length] = place.split(",").map(number);
    if (address + length > ADDRESS_SPACE) return "E01";
    let out = "";
    for (let at = address; at < address + length; at++)
      out += byteHex(this.#machine.readWord(at & ~3) >>> (8 * (at & 3)));
    return out;
  }

  #writeMemory(place: string, bytes: number[]): string {
    const [address, length] = place.split(",").map(number);
    if (address + length > ADDRESS_SPACE || bytes.length !== length) return "E01";
    bytes.forEach((byte, i) => {
      const at = address + i;
      const shift = 8 * (at & 3);
      const word = this.#machine.readWord(at & ~3);
      this.#machine.writeWord(at & ~3, (word & ~(0xff << shift)) | (byte << shift));
    });
    return "OK";
  }

  #breakpoint(rest: string, change: (address: number) => void): string {
    const [kind, address] = rest.split(",");
    // 0: software, 1: hardware; watchpoints are not supported
    if (kind !== "0" && kind !== "1") return "";
    change(number(address));
    return "OK";
  }

  #step(): string | undefined {
    const stop = this.#machine.step();
    return stop ? this.#stopped(stop) : this.#stop(SIGTRAP);
  }

  async #continue(): Promise<string | undefined> {
    this.#interrupted = false;
    this.#running = true;
    const limit = this.#options.maxCycles ?? Number.MAX_SAFE_INTEGER;
    const pause = this.#options.pause ?? (() => new Promise((resolve) => setTimeout(resolve, 0)));
    try {
      for (;;) {
        const stop = this.#machine.run({ maxCycles: Math.min(limit, this.#machine.cycles + SLICE) });
        if (stop.kind !== "cycle-limit" || stop.cycles >= limit) return this.#stopped(stop);
        await pause();
        // what was let in may be Ctrl-C, or the end of the connection
        if (this.#interrupted) return this.#ended ? undefined : this.#stop(SIGINT);
      }
    } finally {
      this.#running = false;
    }
  }

  #stop(signal: string): string {
    this.#lastStop = `S${signal}`;
    return this.#lastStop;
  }

  #stopped(stop: Stop): string | undefined {
    if (stop.kind === "breakpoint") return this.#stop(SIGTRAP);
    const explanation = this.#options.explain?.(stop) ?? [stop.kind, stop.message].filter(Boolean).join(": ");
    this.#reply(`O${textHex(`${explanation}\n`)}`);
    if (stop.kind === "cycle-limit") return this.#stop(SIGXCPU);
    if (stop.kind === "unprovable")
      return this.#stop(/load|store|jump|fetch/.test(stop.cause ?? "") ? SIGSEGV : SIGILL);
    this.#reply("W00");
    this.#end({ kind: "ended", stop });
    return undefined;
  }
}

function checksum(body: string): number {
  let sum = 0;
  for (let i = 0; i < body.length; i++) sum = (sum + body.charCodeAt(i)) & 0xff;
  return sum;
}

/** Undoes the escapes of binary data. */
function unescapeBinary(body: string): string {
  return body.replace(/}([\s\S])/g, (_, c: string) => String.fromCharCode(c.charCodeAt(0) ^ 0x20));
}
