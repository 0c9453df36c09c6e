/** Takes the EVM's memory and fills its constants: once a block, before any frame. */
import { initHashes } from "../system/hashes";
import { initFrames } from "./frame";
import { initJumps } from "./jumps";
import { initSlots } from "./slots";

export function initEvm(): void {
  initFrames();
  initJumps();
  initHashes();
  initSlots();
}
