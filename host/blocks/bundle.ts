/**
 * Reads a block bundle. `readBundle` tells the two forms apart by their files:
 * - explicit (`context.json` …): state, transactions and context given byte by byte, as the reference vectors are;
 * - JSON-RPC (`block.json`, `prestatetrace.json` …): answers of an Ethereum node, turned into ZKsync OS's input.
 */
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../../errors.ts";
import type { BlockBundle } from "./block.ts";
import { readExplicitBundle } from "./explicit.ts";
import { type RpcOptions, readRpcBundle } from "./rpc.ts";

export type * from "./block.ts";

const NEXT = "give the folder of a block bundle; its two forms are described in host/blocks/README.md";

/**
 * Reads the bundle in `folder`.
 * @throws InputError for anything malformed or missing
 */
export function readBundle(folder: string, options: RpcOptions = {}): BlockBundle {
  if (!existsSync(folder)) throw new InputError("there is no such folder", folder, NEXT);
  if (!statSync(folder).isDirectory()) throw new InputError("this is a file, not a folder", folder, NEXT);
  if (existsSync(join(folder, "block.json"))) return readRpcBundle(folder, options);
  if (existsSync(join(folder, "context.json"))) return readExplicitBundle(folder);
  throw new InputError("neither block.json (JSON-RPC form) nor context.json (explicit form) is there", folder, NEXT);
}
