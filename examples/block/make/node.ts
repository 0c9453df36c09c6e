/** An anvil node of our own: started, spoken to over JSON-RPC, stopped. */
import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";

/** Cancun is the fork that ZKsync OS's EVM follows. Everything that could differ between two runs is fixed. */
const FLAGS = ["--hardfork", "cancun", "--no-mining", "--order", "fifo", "--accounts", "20", "--silent"];
export const GENESIS_TIME = 1_750_000_000;

export class AnvilNode {
  readonly #process: ChildProcess;
  readonly #url: string;

  private constructor(process: ChildProcess, url: string) {
    this.#process = process;
    this.#url = url;
  }

  static async start(): Promise<AnvilNode> {
    const port = await freePort();
    const binary = fileURLToPath(new URL("node_modules/.bin/anvil", import.meta.url));
    const flags = [...FLAGS, "--timestamp", String(GENESIS_TIME), "--port", String(port)];
    const child = spawn(binary, flags, { stdio: "inherit" });
    const node = new AnvilNode(child, `http://127.0.0.1:${port}`);
    for (let tries = 0; ; tries++) {
      try {
        await node.call("eth_chainId");
        return node;
      } catch (error) {
        if (tries === 100) throw error;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }

  stop(): void {
    this.#process.kill();
  }

  /** The whole answer, envelope included. */
  async ask(method: string, ...params: unknown[]): Promise<{ result?: unknown; error?: { message: string } }> {
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
    const response = await fetch(this.#url, { method: "POST", headers: { "content-type": "application/json" }, body });
    return (await response.json()) as { result?: unknown };
  }

  async call<T = unknown>(method: string, ...params: unknown[]): Promise<T> {
    const answer = await this.ask(method, ...params);
    if (answer.error) throw new Error(`${method}: ${answer.error.message}`);
    return answer.result as T;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        address && typeof address === "object" ? resolve(address.port) : reject(new Error("no port")),
      );
    });
  });
}
