/**
 * A small state for the EVM under test: accounts, storage, logs, access lists with rollback, and the gas that accesses cost (EIP-2929, EIP-2200, EIP-3529 without
 * refunds, EIP-6780). The guest calls it through the test double `fixtures/io.ts`.
 */
import { keccak_256 } from "@noble/hashes/sha3.js";

export interface Account {
  nonce: bigint;
  balance: bigint;
  code: Uint8Array;
  storage: Map<bigint, bigint>;
}

export interface Log {
  address: bigint;
  topics: bigint[];
  data: string;
}

export interface WorldMemory {
  readonly buffer: ArrayBuffer;
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const COLD_ACCOUNT = 2600;
const COLD_SLOT = 2100;
const WARM = 100;

export class World {
  readonly accounts = new Map<bigint, Account>();
  logs: Log[] = [];
  #original = new Map<string, bigint>();
  #transient = new Map<string, bigint>();
  #warm = new Set<string>();
  #created = new Set<bigint>();
  #destroyed = new Set<bigint>();
  #undo: (() => void)[] = [];
  #placed = new Map<string, number>();
  #nextCode = 0;
  #memory: () => WorldMemory;

  /** Code is placed in guest memory from `codeBase` on, once, each followed by zeroes. */
  constructor(memory: () => WorldMemory, codeBase: number) {
    this.#memory = memory;
    this.#nextCode = codeBase;
  }

  account(address: bigint): Account {
    let account = this.accounts.get(address);
    if (!account) {
      account = { nonce: 0n, balance: 0n, code: new Uint8Array(), storage: new Map() };
      this.accounts.set(address, account);
    }
    return account;
  }

  warm(address: bigint): void {
    this.#warm.add(`${address}`);
  }

  /** Ends the transaction: contracts that were created and destroyed in it go. */
  finish(): void {
    for (const address of this.#destroyed) if (this.#created.has(address)) this.accounts.delete(address);
  }

  #change(undo: () => void): void {
    this.#undo.push(undo);
  }

  #touch(key: string): boolean {
    if (this.#warm.has(key)) return true;
    this.#warm.add(key);
    this.#change(() => this.#warm.delete(key));
    return false;
  }

  #set(map: Map<unknown, bigint>, key: unknown, value: bigint): void {
    const old = map.get(key);
    map.set(key, value);
    this.#change(() => (old === undefined ? map.delete(key) : map.set(key, old)));
  }

  #update(address: bigint, change: Partial<Account>): void {
    const account = this.account(address);
    const old = { ...account };
    Object.assign(account, change);
    this.#change(() => Object.assign(account, old));
  }

  #number(at: number): bigint {
    return BigInt(`0x${hex(new Uint8Array(this.#memory().buffer, at, 32).slice().reverse())}`);
  }

  #write(at: number, value: bigint): void {
    const bytes = new Uint8Array(this.#memory().buffer, at, 32);
    for (let i = 0; i < 32; i++) bytes[i] = Number((value >> BigInt(8 * i)) & 0xffn);
  }

  #place(code: Uint8Array): number {
    const key = hex(code);
    let at = this.#placed.get(key);
    if (at === undefined) {
      at = this.#nextCode;
      this.#placed.set(key, at);
      new Uint8Array(this.#memory().buffer).set(code, at);
      new Uint8Array(this.#memory().buffer).fill(0, at + code.length, at + code.length + 64);
      this.#nextCode = (at + code.length + 127) & ~63;
    }
    return at;
  }

  #isEmpty(address: bigint): boolean {
    const account = this.accounts.get(address);
    return !account || (account.nonce === 0n && account.balance === 0n && account.code.length === 0);
  }

  #slot(
    address: number,
    key: number,
  ): { account: Account; address: bigint; key: bigint; isWarm: boolean; original: bigint } {
    const who = this.#number(address);
    const slot = this.#number(key);
    const account = this.account(who);
    const name = `${who}/${slot}`;
    if (!this.#original.has(name)) this.#original.set(name, account.storage.get(slot) ?? 0n);
    return { account, address: who, key: slot, isWarm: this.#touch(name), original: this.#original.get(name)! };
  }

  /** The import module "world". */
  imports(): Record<string, unknown> {
    return {
      storageRead: (address: number, key: number, out: number) => {
        const slot = this.#slot(address, key);
        this.#write(out, slot.account.storage.get(slot.key) ?? 0n);
        return slot.isWarm ? WARM : COLD_SLOT;
      },
      storageWrite: (address: number, key: number, value: number) => {
        const slot = this.#slot(address, key);
        const current = slot.account.storage.get(slot.key) ?? 0n;
        const next = this.#number(value);
        this.#set(slot.account.storage, slot.key, next);
        const cold = slot.isWarm ? 0 : COLD_SLOT;
        if (next === current || current !== slot.original) return cold + WARM;
        return cold + (slot.original === 0n ? 20000 : 2900);
      },
      transientRead: (address: number, key: number, out: number) =>
        this.#write(out, this.#transient.get(`${this.#number(address)}/${this.#number(key)}`) ?? 0n),
      transientWrite: (address: number, key: number, value: number) =>
        this.#set(this.#transient, `${this.#number(address)}/${this.#number(key)}`, this.#number(value)),
      account: (address: number, out: number) => {
        const who = this.#number(address);
        const account = this.accounts.get(who);
        const view = new DataView(this.#memory().buffer, out, 64);
        view.setBigUint64(0, account?.nonce ?? 0n, true);
        view.setUint32(8, account?.code.length ?? 0, true);
        view.setUint32(12, account?.code.length ? this.#place(account.code) : 0, true);
        this.#write(out + 32, account?.balance ?? 0n);
        return this.#touch(`${who}`) ? WARM : COLD_ACCOUNT;
      },
      codeHash: (address: number, out: number) => {
        const who = this.#number(address);
        this.#write(out, this.#isEmpty(who) ? 0n : BigInt(`0x${hex(keccak_256(this.account(who).code))}`));
      },
      setNonce: (address: number, nonce: bigint) => {
        const who = this.#number(address);
        // only the runner's first increment raises the nonce of an account without code from 0
        if (nonce === 1n && this.account(who).code.length === 0) this.#markCreated(who);
        this.#update(who, { nonce: BigInt.asUintN(64, nonce) });
      },
      transfer: (from: number, to: number, amount: number) =>
        this.#transfer(this.#number(from), this.#number(to), this.#number(amount)),
      event: (address: number, topics: number, count: number, data: number, length: number) => {
        this.logs.push({
          address: this.#number(address),
          topics: Array.from({ length: count }, (_, i) => this.#number(topics + 32 * i)),
          data: hex(new Uint8Array(this.#memory().buffer, data, length)),
        });
        this.#change(() => this.logs.pop());
      },
      deploy: (address: number, code: number, length: number) => {
        const who = this.#number(address);
        this.#update(who, { code: new Uint8Array(this.#memory().buffer, code, length).slice() });
      },
      selfdestruct: (address: number, beneficiary: number) =>
        this.#selfdestruct(this.#number(address), this.#number(beneficiary)),
      startFrame: () => this.#undo.length,
      finishFrame: (handle: number, revert: number) => {
        if (revert) while (this.#undo.length > handle) this.#undo.pop()!();
      },
    } as Record<string, unknown>;
  }

  #transfer(from: bigint, to: bigint, amount: bigint): number {
    if (this.account(from).balance < amount) return 0;
    this.#update(from, { balance: this.account(from).balance - amount });
    this.#update(to, { balance: this.account(to).balance + amount });
    return 1;
  }

  #selfdestruct(address: bigint, beneficiary: bigint): number {
    const balance = this.account(address).balance;
    const isNew = balance > 0n && this.#isEmpty(beneficiary);
    const gas = (this.#touch(`${beneficiary}`) ? 0 : COLD_ACCOUNT) + (isNew ? 25000 : 0);
    if (address !== beneficiary) this.#transfer(address, beneficiary, balance);
    else if (this.#created.has(address)) this.#update(address, { balance: 0n });
    if (!this.#destroyed.has(address)) {
      this.#destroyed.add(address);
      this.#change(() => this.#destroyed.delete(address));
    }
    return gas;
  }

  #markCreated(address: bigint): void {
    this.#created.add(address);
    this.#change(() => this.#created.delete(address));
  }
}
