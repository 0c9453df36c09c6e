/**
 * Makes the example block: sets a chain up on anvil (tokens, an NFT, Uniswap V2 with liquidity), mines one block of mixed
 * transactions, and takes it over JSON-RPC into `examples/block/*.json`.
 *
 *     cd examples/block/make && npm install && npm run make
 */
import { writeFileSync } from "node:fs";
import { AbiCoder, getCreateAddress, id, MaxUint256, parseEther, toQuantity, ZeroHash } from "ethers";
import { type Contract, type ContractName, contracts } from "./contracts.ts";
import { AnvilNode, GENESIS_TIME } from "./node.ts";
import { precompileCalls } from "./precompiles.ts";

const OUT = new URL("../", import.meta.url);
const COINBASE = "0xc01a5e0000000000000000000000000000c01a5e";
const DEADLINE = 4_000_000_000n;
/** Deterministic numbers: the block is the same at every making. */
const pick = (seed: number, below: number) => Number(BigInt(id(`windproof ${seed}`)) % BigInt(below));

const all = contracts();
const node = await AnvilNode.start();

interface Tx {
  from: string;
  to?: string;
  data?: string;
  value?: bigint;
  gas?: number;
}

let sent = 0;

/** Sends with the fee form of one of the three types, in turn. */
async function send(tx: Tx): Promise<string> {
  const { from, to, data, value = 0n, gas = 300_000 } = tx;
  const fields = { from, to, data: data ?? "0x", value: toQuantity(value), gas: toQuantity(gas) };
  const type = sent++ % 3;
  const accessList = to && data ? [{ address: to, storageKeys: [ZeroHash] }] : [];
  const fees = [
    { type: "0x2", maxFeePerGas: toQuantity(20_000_000_000), maxPriorityFeePerGas: toQuantity(1_000_000_000 + sent) },
    { type: "0x0", gasPrice: toQuantity(3_000_000_000 + sent) },
    { type: "0x1", gasPrice: toQuantity(2_500_000_000 + sent), accessList },
  ][type];
  return node.call<string>("eth_sendTransaction", { ...fields, ...fees });
}

let time = GENESIS_TIME;

/** Twelve seconds after the last block, however long it took. */
async function mine(): Promise<void> {
  time += 12;
  await node.call("evm_setNextBlockTimestamp", time);
  await node.call("evm_mine");
}

/** All transactions since must have succeeded: for the set-up. */
async function mineGood(): Promise<void> {
  await mine();
  const receipts = await node.call<{ status: string; transactionHash: string }[]>("eth_getBlockReceipts", "latest");
  const bad = receipts.filter(({ status }) => status !== "0x1");
  if (bad.length > 0) throw new Error(`set-up failed: ${bad.map(({ transactionHash }) => transactionHash).join(", ")}`);
}

function deployment(contract: Contract, ...args: unknown[]): string {
  return contract.bytecode + contract.abi.encodeDeploy(args).slice(2);
}

const encode = (name: ContractName, method: string, ...args: unknown[]) =>
  all[name].abi.encodeFunctionData(method, args);

/** A permit (EIP-2612) signed by the token's owner. */
async function permit(token: string, name: string, owner: string, spender: string, value: bigint): Promise<string> {
  const field = (fieldName: string, type: string) => ({ name: fieldName, type });
  const signature = await node.call<string>("eth_signTypedData_v4", owner, {
    primaryType: "Permit",
    domain: { name, version: "1", chainId: 31337, verifyingContract: token },
    message: { owner, spender, value: value.toString(), nonce: 0, deadline: DEADLINE.toString() },
    types: {
      EIP712Domain: [
        field("name", "string"),
        field("version", "string"),
        field("chainId", "uint256"),
        field("verifyingContract", "address"),
      ],
      Permit: [
        field("owner", "address"),
        field("spender", "address"),
        field("value", "uint256"),
        field("nonce", "uint256"),
        field("deadline", "uint256"),
      ],
    },
  });
  const [r, s, v] = [signature.slice(0, 66), `0x${signature.slice(66, 130)}`, Number(`0x${signature.slice(130)}`)];
  return encode("Token", "permit", owner, spender, value, DEADLINE, v, r, s);
}

try {
  await node.call("anvil_setCoinbase", COINBASE);
  const accounts = await node.call<string[]>("eth_accounts");
  const [deployer] = accounts;

  // Contracts, each in its own block: 30 million gas hold only a few deployments.
  let nonce = 0;
  const deploy = async (name: ContractName, ...args: unknown[]): Promise<string> => {
    await send({ from: deployer, data: deployment(all[name], ...args), gas: 8_000_000 });
    await mineGood();
    return getCreateAddress({ from: deployer, nonce: nonce++ });
  };
  const gold = await deploy("Token", "Gold", "GLD", parseEther("1000000"));
  const silver = await deploy("Token", "Silver", "SLV", parseEther("1000000"));
  const collectible = await deploy("Collectible");
  const vault = await deploy("Vault");
  const precompiles = await deploy("Precompiles");
  const factory = await deploy("Factory");
  const weth = await deploy("WETH9");
  const uniswap = await deploy("UniswapV2Factory", deployer);
  const router = await deploy("UniswapV2Router02", uniswap, weth);

  // Everybody gets tokens and lets the router take them; then the liquidity.
  for (const account of accounts) {
    for (const token of [gold, silver]) {
      if (account !== deployer) {
        await send({ from: deployer, to: token, data: encode("Token", "transfer", account, parseEther("10000")) });
      }
      await send({ from: account, to: token, data: encode("Token", "approve", router, MaxUint256) });
    }
  }
  await mineGood();
  const liquidity = (a: string, b: string, amount: bigint) =>
    encode("UniswapV2Router02", "addLiquidity", a, b, amount, 2n * amount, 0n, 0n, deployer, DEADLINE);
  await send({ from: deployer, to: router, data: liquidity(gold, silver, parseEther("50000")), gas: 5_000_000 });
  await mineGood();
  const ethLiquidity = encode(
    "UniswapV2Router02",
    "addLiquidityETH",
    gold,
    parseEther("50000"),
    0n,
    0n,
    deployer,
    DEADLINE,
  );
  await send({ from: deployer, to: router, data: ethLiquidity, value: parseEther("100"), gas: 5_000_000 });
  await mineGood();
  for (let i = 1; i <= 4; i++) {
    await send({ from: accounts[i], to: vault, data: encode("Vault", "deposit"), value: parseEther(`${i}`) });
    await send({
      from: accounts[i],
      to: collectible,
      data: encode("Collectible", "mint", accounts[i], i),
      gas: 400_000,
    });
  }
  await mineGood();
  const pair = AbiCoder.defaultAbiCoder().decode(
    ["address"],
    await node.call<string>("eth_call", { to: uniswap, data: encode("UniswapV2Factory", "getPair", gold, silver) }),
  )[0] as string;
  await send({ from: deployer, to: pair, data: encode("Token", "approve", router, MaxUint256) });
  await mineGood();

  // The block.
  const block: Tx[] = [];
  const who = (seed: number) => accounts[1 + pick(seed, accounts.length - 1)];
  const stranger = (seed: number) => `0x${id(`stranger ${seed}`).slice(26)}`;
  for (let i = 0; i < 36; i++) {
    const to = i % 4 === 0 ? stranger(i) : who(100 + i);
    block.push({ from: who(i), to, value: BigInt(pick(200 + i, 1_000_000)) * 10n ** 12n, gas: 21_000 });
  }
  block.push({ from: accounts[3], to: accounts[3], value: 5n, gas: 30_000, data: "0x00ff00ff" });
  for (let i = 0; i < 20; i++) {
    const token = i % 2 ? gold : silver;
    const to = i % 5 === 0 ? stranger(300 + i) : who(400 + i);
    block.push({
      from: who(500 + i),
      to: token,
      data: encode("Token", "transfer", to, BigInt(1 + pick(600 + i, 1e9))),
    });
  }
  for (let i = 0; i < 8; i++) {
    block.push({
      from: accounts[5 + i],
      to: gold,
      data: encode("Token", "approve", accounts[6 + i], parseEther(`${i}`)),
    });
  }
  for (let i = 1; i < 5; i++) {
    const data = encode("Token", "transferFrom", accounts[5 + i], stranger(700 + i), parseEther(`0.${i}`));
    block.push({ from: accounts[6 + i], to: gold, data });
  }
  block.push({ from: accounts[9], to: gold, data: encode("Token", "burn", parseEther("17")) });
  block.push({ from: accounts[2], to: gold, data: encode("Token", "transfer", stranger(800), parseEther("1")) });
  block.push({ from: accounts[10], to: silver, data: await permit(silver, "Silver", accounts[11], accounts[10], 55n) });
  block.push({
    from: accounts[10],
    to: silver,
    data: encode("Token", "transferFrom", accounts[11], accounts[10], 55n),
  });
  for (let i = 0; i < 10; i++) {
    block.push({
      from: who(900 + i),
      to: collectible,
      data: encode("Collectible", "mint", accounts[1 + i], 100 + i),
      gas: 400_000,
    });
  }
  for (let i = 1; i <= 3; i++) {
    const data = encode("Collectible", "transferFrom", accounts[i], accounts[i + 1], i);
    block.push({ from: accounts[i], to: collectible, data });
  }
  for (let i = 0; i < 8; i++) {
    const from = who(1000 + i);
    const amount = parseEther(`${1 + pick(1100 + i, 20)}`);
    const swap = (method: string, value: bigint | undefined, ...args: unknown[]): Tx => ({
      from,
      to: router,
      data: encode("UniswapV2Router02", method, ...args, from, DEADLINE),
      ...(value === undefined ? {} : { value }),
    });
    block.push(
      [
        () => swap("swapExactTokensForTokens", undefined, amount, 0n, [gold, silver]),
        () => swap("swapExactETHForTokens", amount / 100n, 0n, [weth, gold]),
        () => swap("swapExactTokensForETH", undefined, amount, 0n, [silver, gold, weth]),
        () => swap("swapTokensForExactTokens", undefined, amount / 2n, MaxUint256, [silver, gold]),
      ][i % 4](),
    );
  }
  block.push({ from: deployer, to: router, data: liquidity(gold, silver, parseEther("100")) });
  const removal = encode(
    "UniswapV2Router02",
    "removeLiquidity",
    gold,
    silver,
    parseEther("10"),
    0n,
    0n,
    deployer,
    DEADLINE,
  );
  block.push({ from: deployer, to: router, data: removal });
  for (let i = 1; i <= 4; i++) {
    const amount = parseEther(i % 2 ? `${i}` : "0.5"); // an odd one empties the account: a cleared slot
    block.push({ from: accounts[i], to: vault, data: encode("Vault", "withdraw", amount) });
  }
  block.push({ from: accounts[7], to: vault, data: encode("Vault", "deposit"), value: 9n });
  block.push({ from: accounts[8], data: deployment(all.Token, "Copper", "CPR", 10n ** 24n), gas: 3_000_000 });
  block.push({ from: accounts[9], data: deployment(all.Vault), gas: 1_000_000 });
  block.push({ from: accounts[10], data: deployment(all.Collectible), gas: 4_000_000 });
  block.push({ from: accounts[11], to: factory, data: encode("Factory", "clone", vault) });
  block.push({ from: accounts[12], to: factory, data: encode("Factory", "cloneDeterministic", vault, ZeroHash) });
  block.push({ from: accounts[13], data: "0x60006000f3", gas: 100_000, value: 7n });
  // Reverts of several kinds: a custom error, a require of the callee, a taken id, no code's selector, out of gas, a bad deployment.
  block.push({ from: accounts[14], to: gold, data: encode("Token", "transfer", deployer, parseEther("99999999")) });
  block.push({ from: accounts[14], to: vault, data: encode("Vault", "withdraw", 1n) });
  block.push({ from: accounts[15], to: collectible, data: encode("Collectible", "mint", deployer, 100), gas: 400_000 });
  const unlucky = encode(
    "UniswapV2Router02",
    "swapExactTokensForTokens",
    10n,
    MaxUint256,
    [gold, silver],
    deployer,
    DEADLINE,
  );
  block.push({ from: accounts[15], to: router, data: unlucky });
  block.push({ from: accounts[16], to: gold, data: "0xdeadbeef" });
  block.push({ from: accounts[16], to: silver, data: encode("Token", "transfer", stranger(1), 1n), gas: 30_000 });
  block.push({ from: accounts[17], data: "0x60006000fd", gas: 100_000 });
  block.push({ from: accounts[17], data: "0xfe", gas: 100_000 });
  // Precompiles: each directly and through a contract, then all in one call.
  const calls = precompileCalls();
  for (const { address, input } of calls) block.push({ from: accounts[18], to: address, data: input, gas: 400_000 });
  for (const { address, input } of calls) {
    block.push({
      from: accounts[19],
      to: precompiles,
      data: encode("Precompiles", "call", address, input),
      gas: 500_000,
    });
  }
  const [addresses, inputs] = [calls.map(({ address }) => address), calls.map(({ input }) => input)];
  block.push({
    from: deployer,
    to: precompiles,
    data: encode("Precompiles", "callAll", addresses, inputs),
    gas: 1_500_000,
  });

  for (const tx of block) await send(tx);
  await node.call("anvil_setNextBlockBaseFeePerGas", toQuantity(1_000_000_000));
  await mine();

  // Take it over.
  const number = await node.call<string>("eth_blockNumber");
  const answers = {
    block: await node.ask("eth_getBlockByNumber", number, true),
    receipts: await node.ask("eth_getBlockReceipts", number),
    prestatetrace: await node.ask("debug_traceBlockByNumber", number, { tracer: "prestateTracer" }),
    difftrace: await node.ask("debug_traceBlockByNumber", number, {
      tracer: "prestateTracer",
      tracerConfig: { diffMode: true },
    }),
    calltrace: await node.ask("debug_traceBlockByNumber", number, { tracer: "callTracer" }),
  };
  const mined = answers.block.result as { transactions: unknown[]; gasUsed: string; number: string };
  if (mined.transactions.length !== block.length) {
    throw new Error(`${block.length} transactions were sent, ${mined.transactions.length} are in the block`);
  }
  const hashes = [];
  for (let age = 1; age <= 256 && Number(number) - age >= 0; age++) {
    const { hash } = await node.call<{ hash: string }>("eth_getBlockByNumber", toQuantity(Number(number) - age), false);
    hashes.push({ number: Number(number) - age, hash });
  }
  for (const [name, answer] of Object.entries({ ...answers, block_hashes: hashes })) {
    if ("error" in answer) throw new Error(`${name}: ${JSON.stringify(answer.error)}`);
    writeFileSync(new URL(`${name}.json`, OUT), `${JSON.stringify(answer)}\n`);
  }
  const receipts = answers.receipts.result as { status: string; type: string }[];
  const reverted = receipts.filter(({ status }) => status === "0x0").length;
  const types = ["0x0", "0x1", "0x2"].map((type) => receipts.filter((receipt) => receipt.type === type).length);
  console.log(
    `block ${Number(number)}: ${block.length} transactions (${reverted} reverted; types 0, 1, 2: ${types}), gas ${Number(mined.gasUsed)}`,
  );
} finally {
  node.stop();
}
