/** The emulator in a real browser: headless Chromium loads the room's files (types stripped by the server) and runs a program on both engines. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { stripTypeScriptTypes } from "node:module";
import type { AddressInfo } from "node:net";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { interpreter } from "../../emulator/engine/interpreter.ts";
import { FULL } from "../../emulator/machine/config.ts";
import { ReplayTape } from "../../emulator/tape/device.ts";
import { assemble, END, image } from "../lib/assemble.ts";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const browser = ["chromium", "chromium-browser", "google-chrome"].find(
  (name) => spawnSync(name, ["--version"], { stdio: "ignore" }).status === 0,
);
if (!browser) console.error("skipped: no Chromium on this machine, the emulator is not tried in a browser");

/** Adds the second word of the tape as often as the first one says. */
const PROGRAM = image(
  assemble("tape", { rd: 5 }),
  assemble("tape", { rd: 6 }),
  assemble("add", { rd: 10, rs1: 10, rs2: 6 }),
  assemble("addi", { rd: 5, rs1: 5, imm: -1 }),
  assemble("bne", { rs1: 5, imm: -8 }),
  END,
);
const TAPE = [100_000, 7];

const PAGE = `<!doctype html><pre id="out">nothing yet</pre><script type="module">
const out = document.getElementById("out");
try {
  const { CONFIGS, ReplayTape } = await import("/emulator/index.ts");
  const { engineByName, ENGINE_NAMES } = await import("/emulator/engine/engines.ts");
  const program = new Uint8Array(await (await fetch("/program.bin")).arrayBuffer());
  const results = [];
  for (const name of ENGINE_NAMES) {
    const engine = await engineByName(name);
    const machine = engine.load(program, CONFIGS.full, new ReplayTape(Uint32Array.from(${JSON.stringify(TAPE)})));
    const stop = machine.run();
    results.push({ name, kind: stop.kind, cycles: machine.cycles, output: machine.registers[10] });
  }
  out.textContent = JSON.stringify(results);
} catch (error) {
  out.textContent = String(error && error.stack || error);
}
</script>`;

/** The document after its scripts have run. */
function dump(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=30000", "--dump-dom"];
    const child: ChildProcess = spawn(browser!, [...flags, url], { stdio: ["ignore", "pipe", "ignore"] });
    let text = "";
    child.stdout!.on("data", (chunk) => {
      text += chunk;
    });
    child.on("error", reject);
    child.on("close", () => resolve(text));
  });
}

describe.skipIf(!browser)("in a browser", () => {
  test("runs a program on every engine, as in Node", async () => {
    const server = createServer((request, response) => {
      const path = normalize(request.url ?? "/");
      if (path === "/") response.setHeader("content-type", "text/html").end(PAGE);
      else if (path === "/program.bin") response.end(PROGRAM);
      else if (path === "/errors.ts" || (path.startsWith("/emulator/") && path.endsWith(".ts"))) {
        const source = stripTypeScriptTypes(readFileSync(join(root, path), "utf8"));
        response.setHeader("content-type", "text/javascript").end(source);
      } else response.writeHead(404).end();
    });
    await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
    try {
      const text = await dump(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
      const found = /<pre id="out">([^<]*)</.exec(text)?.[1] ?? text;
      const machine = interpreter.load(PROGRAM, FULL, new ReplayTape(Uint32Array.from(TAPE)));
      const { kind } = machine.run();
      const expected = { kind, cycles: machine.cycles, output: machine.registers[10] };
      const results = JSON.parse(found) as { name: string }[];
      expect(results.map(({ name: _, ...result }) => result)).toEqual(results.map(() => expected));
      expect(results.length).toBeGreaterThan(1);
    } finally {
      server.close();
    }
  });
});
