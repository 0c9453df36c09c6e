/** The contracts of the example block: compiled with solc, or as their package ships them (Uniswap V2, which needs old compilers). */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Interface, type InterfaceAbi } from "ethers";

const require = createRequire(import.meta.url);
const solc = require("solc") as { compile(input: string, callbacks: object): string };

export interface Contract {
  abi: Interface;
  /** Deployment bytecode, hex. */
  bytecode: string;
}

interface SolcOutput {
  errors?: { severity: string; formattedMessage: string }[];
  contracts: Record<string, Record<string, { abi: InterfaceAbi; evm: { bytecode: { object: string } } }>>;
}

const OURS = ["Token", "Collectible", "Vault", "Precompiles", "Factory"] as const;
const SHIPPED = {
  UniswapV2Factory: "@uniswap/v2-core/build/UniswapV2Factory.json",
  UniswapV2Router02: "@uniswap/v2-periphery/build/UniswapV2Router02.json",
  WETH9: "@uniswap/v2-periphery/build/WETH9.json",
} as const;

export type ContractName = (typeof OURS)[number] | keyof typeof SHIPPED;

export function contracts(): Record<ContractName, Contract> {
  return { ...compile(), ...shipped() } as Record<ContractName, Contract>;
}

function compile(): Record<string, Contract> {
  const content = (name: string) => readFileSync(new URL(`contracts/${name}.sol`, import.meta.url), "utf8");
  const input = {
    language: "Solidity",
    sources: Object.fromEntries(OURS.map((name) => [`${name}.sol`, { content: content(name) }])),
    settings: {
      evmVersion: "cancun",
      // small code: the traces repeat it for every transaction
      optimizer: { enabled: true, runs: 1 },
      metadata: { bytecodeHash: "none", appendCBOR: false },
      outputSelection: { "*": { "*": ["abi", "evm.bytecode.object"] } },
    },
  };
  const callbacks = { import: (path: string) => ({ contents: readFileSync(require.resolve(path), "utf8") }) };
  const output = JSON.parse(solc.compile(JSON.stringify(input), callbacks)) as SolcOutput;
  const errors = (output.errors ?? []).filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new Error(errors.map(({ formattedMessage }) => formattedMessage).join("\n"));
  return Object.fromEntries(
    OURS.map((name) => {
      const { abi, evm } = output.contracts[`${name}.sol`][name];
      return [name, { abi: new Interface(abi), bytecode: `0x${evm.bytecode.object}` }];
    }),
  );
}

function shipped(): Record<string, Contract> {
  return Object.fromEntries(
    Object.entries(SHIPPED).map(([name, path]) => {
      const { abi, bytecode } = JSON.parse(readFileSync(require.resolve(path), "utf8"));
      return [name, { abi: new Interface(abi), bytecode: `0x${bytecode.replace(/^0x/, "")}` }];
    }),
  );
}
