/**
 * The machine, as a guest sees it: every import here is an instruction of the prover's machine (or none at all).
 *
 * In a proving image the compiler lowers a call in place: arguments go to the registers that the delegation reads, no call is made.
 * In V8 (forward mode, tests) the host supplies functions of the same name and meaning.
 * Source of the meaning: zksync-airbender v0.3.1, `risc_v_simulator/src/delegations/`, and DESIGN section 3.
 */

/** Reads the next word of the oracle tape: `csrrw rd, 0x7C0, x0`. A run that reads past the end of its tape stops. */
@external("windproof", "tape_read")
export declare function tapeRead(): u32;

/** Writes a word towards the oracle: `csrrw x0, 0x7C0, rs`. The prover ignores it; the host uses it to know what is asked. */
@external("windproof", "tape_write")
export declare function tapeWrite(word: u32): void;

/**
 * One Blake2s round by delegation `0x7C7`: x10 = `state` (24 words: 8 of state, 16 of extended state; 128-byte aligned, RAM),
 * x11 = `message` (16 words, RAM, not overlapping the state), x12 = one-hot round (`1 << i`, i = 0…9),
 * x13 = control (bit 0 last round of the function, bit 1 the node is the right one, bit 2 compression mode).
 */
@external("windproof", "blake2s_round")
export declare function blake2sRound(state: usize, message: usize, round: u32, control: u32): void;

/**
 * One 256-bit operation by delegation `0x7CA`, in place on `a` (read and written); `b` is read. Both 32-byte aligned, in RAM, different.
 * `operation`: bit 0 add, 1 sub, 2 sub and negate (b - a), 3 mul low, 4 mul high, 5 equal, 6 carry in (with one of the others), 7 copy b to a.
 * @returns x12: carry, borrow, overflow (mul low: high part not zero) or equality
 */
@external("windproof", "u256_op")
export declare function u256Op(a: usize, b: usize, operation: u32): u32;

/** Ends the run: x10…x17 = the public output, x18…x25 = 0, then the jump to itself. Does not return. */
@external("windproof", "finish")
export declare function finish(w0: u32, w1: u32, w2: u32, w3: u32, w4: u32, w5: u32, w6: u32, w7: u32): void;

/** Makes the run unprovable (`csrrw x0, cycle, x0`). Does not return. WebAssembly's `unreachable` compiles to the same. */
@external("windproof", "unprovable")
export declare function unprovable(): void;

/** A cycle marker: a label in the image's symbol table at this place, no instruction. `id` must be a constant. */
@external("windproof", "marker")
export declare function marker(id: u32): void;
