/**
 * Bytes, hex, integers and the words that travel over the oracle.
 *
 * The host keeps hashes, keys and addresses as lower-case hex strings (`Hex`): they compare in numeric order, work as map
 * keys, and print as they are. Bytes (`Uint8Array`) are for what is hashed or handed to the guest.
 */
import { Buffer } from "node:buffer";

/** `0x` and an even number of lower-case hex digits. */
export type Hex = `0x${string}`;

export const ZERO_32: Hex = `0x${"00".repeat(32)}`;

export function toHex(bytes: Uint8Array): Hex {
  return `0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex")}`;
}

/** Bytes of a well-formed `Hex`; readers of foreign text check it first (`blocks/document.ts`). */
export function fromHex(hex: Hex): Uint8Array {
  const bytes = Buffer.from(hex.slice(2), "hex");
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Big-endian, `length` bytes. The value must fit. */
export function uintToHex(value: bigint, length: number): Hex {
  const digits = value.toString(16);
  if (value < 0n || digits.length > 2 * length) throw new RangeError(`${value} does not fit in ${length} bytes`);
  return `0x${digits.padStart(2 * length, "0")}`;
}

export function uintToBytes(value: bigint, length: number): Uint8Array {
  return fromHex(uintToHex(value, length));
}

export function concat(...parts: Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** 32-bit little-endian words of bytes, zero-padded to whole 64-bit words: how byte strings travel over the oracle. */
export function bytesToWords(bytes: Uint8Array): Uint32Array {
  const padded = new Uint8Array(Math.ceil(bytes.length / 8) * 8);
  padded.set(bytes);
  return new Uint32Array(padded.buffer);
}

/** The inverse of `bytesToWords`, padding included. */
export function wordsToBytes(words: Uint32Array): Uint8Array {
  return new Uint8Array(words.slice().buffer);
}

/** Words in hex, eight digits each, parted by spaces: an output as people read it. */
export function wordsToText(words: ArrayLike<number>): string {
  return Array.from(words, (word) => (word >>> 0).toString(16).padStart(8, "0")).join(" ");
}
