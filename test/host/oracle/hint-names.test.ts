/** Every question of the guest's table of hints has a name for tapes that people read. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { HINT_NAMES } from "../../../host/oracle/hint-names.ts";
import { queryById } from "../../../host/oracle/queries.ts";

const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));

test("the table of hints and the names", () => {
  const table = readFileSync(join(root, "guest", "sdk", "hints.ts"), "utf8");
  const ids = [...table.matchAll(/^ \* \| (0x[0-9a-f]{8}) /gm)].map(([, id]) => Number(id));
  expect(ids.length).toBeGreaterThan(10);
  const unnamed = ids.filter((id) => !HINT_NAMES.has(id) && !queryById(id));
  expect(unnamed.map((id) => id.toString(16))).toEqual([]);
  expect([...HINT_NAMES.keys()].filter((id) => !ids.includes(id))).toEqual([]);
});
