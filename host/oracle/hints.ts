/**
 * Answers to the guests' own hint queries. The table of ids, parameters and answers is in `guest/sdk/hints.ts`.
 * Pure functions of the parameters: the same question gives the same answer, so a tape can be made again.
 */
import { pairing } from "./hints-bn254.ts";
import { addition, multiplication } from "./hints-bn254-g1.ts";
import { modexp } from "./hints-modexp.ts";
import { inverse } from "./inverse.ts";
import { recover } from "./recover.ts";
import { verifyP256 } from "./verify-p256.ts";
import { fromWords, toU256s, toWords } from "./words.ts";

type Answer = (parameters: Uint32Array) => Uint32Array;

/** ⌊n / d⌋ */
function divide(parameters: Uint32Array): Uint32Array {
  return toWords(fromWords(parameters, 0) / fromWords(parameters, 8));
}

/** ⌊(a + b) / m⌋, or 0 where that takes more than 256 bits (the guest knows without it). */
function addMod(parameters: Uint32Array): Uint32Array {
  const quotient = (fromWords(parameters, 0) + fromWords(parameters, 8)) / fromWords(parameters, 16);
  return toWords(quotient >> 256n ? 0n : quotient);
}

/** ⌊a · b / m⌋ as 8 words, or 16 where it needs them. */
function mulMod(parameters: Uint32Array): Uint32Array {
  const quotient = (fromWords(parameters, 0) * fromWords(parameters, 8)) / fromWords(parameters, 16);
  return toWords(quotient, quotient >> 256n ? 16 : 8);
}

function invert(parameters: Uint32Array): Uint32Array {
  return toU256s(inverse(fromWords(parameters, 0), fromWords(parameters, 8)) ?? 0n);
}

const ANSWERS = new Map<number, Answer>([
  [0x57500001, divide],
  [0x57500002, addMod],
  [0x57500003, invert],
  [0x57500004, mulMod],
  [0x57500080, pairing],
  [0x57500081, addition],
  [0x57500082, multiplication],
  [0x57500010, recover],
  [0x57500011, verifyP256],
  [0x575000c0, modexp],
]);

/** Whether `id` is one of our hints (and not a query of ZKsync OS). */
export function isHint(id: number): boolean {
  return ANSWERS.has(id >>> 0);
}

/** The answer's words, an even number of them, without the length that goes before them on the tape. */
export function answerHint(id: number, parameters: Uint32Array): Uint32Array {
  const answer = ANSWERS.get(id >>> 0);
  if (!answer) throw new RangeError(`no hint has the id 0x${(id >>> 0).toString(16)}: see guest/sdk/hints.ts`);
  return answer(parameters);
}
