/** Why a row is refused, in words: from the model of the machine as it was in front of what is wrong. */
import { decoderOf, refuse } from "../isa/decode.ts";
import { disassemble } from "../isa/disassemble.ts";
import { field } from "../isa/format.ts";
import { type Delegation, INSTRUCTIONS } from "../isa/table.ts";
import type { MachineConfig } from "../machine/config.ts";
import { refuseDelegation } from "../machine/delegation.ts";
import { ENGINE, ROM_SIZE } from "../machine/layout.ts";
import { CHECK, DELEGATION_DETAIL, RULE } from "./check-layout.ts";
import { bytesPerCall, DELEGATIONS, type DelegationPart, MEMORY, PART, ROW } from "./layout.ts";
import { CheckRefusal, type RuleName } from "./refusal.ts";

const hex = (value: number) => `0x${(value >>> 0).toString(16).padStart(8, "0")}`;

/** Where a checker is, and what it has. */
export interface CheckedModel {
  config: MachineConfig;
  imageBytes: number;
  chunkRows: number;
  chunk: number;
  row: number;
  pc: number;
  /** the chunk's beginning, as a timestamp */
  base: number;
  /** calls of the chunk that were looked at or are in the window */
  calls: Readonly<Record<Delegation, number>>;
  /** what stands for no timestamp of a register */
  unseen: bigint;
  /** x0…x31, as a delegation found them */
  registers: Uint32Array;
  /** the checker's memory, and the one that rows and calls are in */
  view: DataView;
  witness: DataView;
}

export class Explanation {
  readonly #model: CheckedModel;

  constructor(model: CheckedModel) {
    this.#model = model;
  }

  get #place() {
    const { chunk, row, chunkRows } = this.#model;
    return { chunk, row, cycle: chunk * chunkRows + row };
  }

  #word(address: number): number {
    return this.#model.view.getUint32(address, true);
  }

  /** The message for a broken rule: the model is as it was before the access or comparison that failed. */
  refusal(rule: number, at: number): CheckRefusal {
    const u32 = (offset: number) => this.#model.witness.getUint32(at + offset, true);
    const u16 = (offset: number) => this.#model.witness.getUint16(at + offset, true);
    const stamp = (offset: number) => u32(offset) + 2 ** 32 * u16(offset + 4);
    const pc = this.#model.pc;
    const word = pc < ROM_SIZE ? this.#word(pc & ~3) : 0;
    const text = pc < ROM_SIZE ? `${hex(pc)}: ${disassemble(word, pc)}` : hex(pc);
    const place = this.#place;
    const say = (name: RuleName, message: string) => new CheckRefusal(name, `${message} [${text}]`, place);
    const accessOf = (name: RuleName, what: string, index: number, value: number, offset: number, upper: number) => {
      const problem = this.#explainAccess(index, value, stamp(offset), u16(offset + 6), upper);
      return say(name, `${what}: ${problem}`);
    };
    const second = INSTRUCTIONS[decoderOf(this.#model.config).decode(word)];
    const csr = second?.effect.kind === "delegate" ? DELEGATIONS[second.effect.delegation].csr : 0;
    switch (rule) {
      case RULE.pc:
        return say("pc", `the row's pc is ${hex(u32(ROW.pc))}, the row before goes to ${hex(pc)}`);
      case RULE.instruction:
        if (pc % 4 !== 0) return say("instruction", "the pc is not the address of a word");
        return say("instruction", pc < ROM_SIZE ? this.#explainWord(word, pc) : "execution outside the ROM");
      case RULE.rs1:
        return accessOf("rs1", "rs1", field.rs1(word), u32(ROW.rs1Value), ROW.rs1Timestamp, field.rs1(word));
      case RULE.secondPlace:
        return say(
          "second-place",
          `rs2 or load: the row names ${nameOf(u32(ROW.secondPlace))}, the instruction another`,
        );
      case RULE.second:
        return accessOf("second", "rs2 or load", u32(ROW.secondPlace), u32(ROW.secondValue), ROW.secondTimestamp, csr);
      case RULE.thirdPlace:
        return say("third-place", `rd or store: the row names ${nameOf(u32(ROW.thirdPlace))}, the instruction another`);
      case RULE.third:
        return accessOf("third", "rd or store", u32(ROW.thirdPlace), u32(ROW.thirdOld), ROW.thirdTimestamp, 0);
      case RULE.result:
        return say("result", `the row says that ${hex(u32(ROW.thirdNew))} is written, which the operands do not give`);
      case RULE.tapeWord:
        return say("tape-word", `the row has tape word ${hex(u32(ROW.tapeWord))}, the instruction reads none`);
      case RULE.address:
        return say("address", `misaligned, out of bounds, or a store to the ROM: base ${hex(u32(ROW.rs1Value))}`);
      case RULE.jump:
        return say("jump", "a jump to what is not a word of the ROM");
      default:
        return say(
          "delegation",
          this.#explainDelegation(second?.effect.kind === "delegate" ? second.effect.delegation : "u256"),
        );
    }
  }

  #explainWord(word: number, pc: number): string {
    const index = decoderOf(this.#model.config).decode(word);
    if (index >= 0) return `${INSTRUCTIONS[index].name} with a register that the delegation itself uses as rd`;
    return refuse(word, this.#model.config, pc < this.#model.imageBytes).message;
  }

  /** Relative to the chunk's beginning; 0 if the register was not accessed. */
  #registerStamp(register: number): number {
    const stamp = this.#model.view.getBigUint64(CHECK.registerStamps + 8 * register, true);
    return stamp === this.#model.unseen ? 0 : Number(stamp) - this.#model.base;
  }

  #explainAccess(place: number, value: number, timestamp: number, upper: number, expectedUpper: number): string {
    const memory = (place & MEMORY) !== 0;
    const address = (place << 2) >>> 0;
    const stamp = memory ? this.#word(CHECK.stamps + address) : this.#registerStamp(place);
    const left = memory ? (address === 0 ? 0 : this.#word(address)) : this.#word(CHECK.registers + 8 * place);
    const where = nameOf(place);
    if (upper !== expectedUpper)
      return `the field above the timestamp is ${upper} instead of ${expectedUpper} (index, delegation request or padding)`;
    if (stamp === 0)
      return address === 0 && memory && value !== 0
        ? `a load from the ROM is recorded with value 0, here is ${hex(value)}`
        : `${where} was not accessed before in this chunk, yet its last timestamp is said to be ${timestamp}`;
    const expected = this.#model.base + stamp;
    if (timestamp !== expected)
      return `the last access of ${where} was at timestamp ${expected}, the row says ${timestamp}`;
    // the first access in a chunk is believed: the wrong one may be that row
    const leftBy = `cycle ${this.#model.chunk * this.#model.chunkRows + Math.floor(stamp / 4) - 1}`;
    return `${where} was left as ${hex(left)} by ${leftBy}, the row reads ${hex(value)}`;
  }

  #explainDelegation(name: Delegation): string {
    const detail = this.#word(CHECK.detail);
    const [kind, number] = [detail >>> 8, detail & 255];
    const index = this.#word(CHECK.callsDone[name]);
    const inWindow = this.#word(CHECK.callsIn[name]);
    const call = this.#model.calls[name] - inWindow + index;
    const shape = DELEGATIONS[name];
    const size = bytesPerCall(name);
    const at = (part: DelegationPart, item: number, bytes: number) =>
      this.#word(CHECK.callsAt[name][part]) + index * size[part] + item * bytes;
    const u32 = (address: number) => this.#model.witness.getUint32(address, true);
    const stampAt = (address: number) => u32(address) + 2 ** 32 * this.#model.witness.getUint16(address + 4, true);
    const pointer = (n: number) => this.#word(ENGINE.registers + 4 * (10 + n));
    const head = `call ${call} of ${name} in the chunk: `;
    const access = (place: number, part: DelegationPart, bytes: number) => {
      const record = at(part, number, bytes);
      const stamps = record + bytes - 8;
      return this.#explainAccess(
        place,
        u32(record),
        stampAt(stamps),
        this.#model.witness.getUint16(stamps + 6, true),
        0,
      );
    };
    if (kind === DELEGATION_DETAIL.timestamp)
      return `${head}its write timestamp is ${stampAt(at("write_timestamp", 0, 0))}, the request's ${this.#model.base + 4 * (this.#model.row + 1) + 3}`;
    if (kind === DELEGATION_DETAIL.register) return `${head}${access(10 + number, "register_accesses", PART.register)}`;
    const word = (n: number) => MEMORY + (pointer(n) >>> 2) + number;
    if (kind === DELEGATION_DETAIL.read) return `${head}indirect read: ${access(word(1), "indirect_reads", PART.read)}`;
    if (kind === DELEGATION_DETAIL.write)
      return `${head}indirect write: ${access(word(0), "indirect_writes", PART.write)}`;
    if (kind === DELEGATION_DETAIL.operands)
      return `${head}${refuseDelegation(name, this.#model.registers)?.message ?? "pointers outside the RAM"}`;
    if (kind === DELEGATION_DETAIL.registerResult) {
      const claimed = u32(at("register_accesses", number, PART.register) + 4);
      return `${head}x${10 + number} is left as ${hex(pointer(number))}, the witness says ${hex(claimed)}`;
    }
    const address = pointer(0) + 4 * number;
    const claimed = u32(at("indirect_writes", number, PART.write) + 4);
    return `${head}word ${number} of ${shape.writes} is computed as ${hex(this.#word(address))}, the witness says ${hex(claimed)}`;
  }
}

/** A place as people say it: x5, or the word at an address. */
export function nameOf(place: number): string {
  if ((place & MEMORY) === 0) return `x${place}`;
  return place === MEMORY ? "the word at 0 (loads from the ROM)" : `the word at ${hex(place << 2)}`;
}
