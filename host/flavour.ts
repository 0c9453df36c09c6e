/** The build flavours of the state transition function, as the original has them (DESIGN section 5). */

export const FLAVOURS = ["app", "evm-replay", "server"] as const;
export type Flavour = (typeof FLAVOURS)[number];

/** The flavour for a block when nobody says one: an Ethereum block is replayed without system contracts and native limits, any other is the original's default. */
export function defaultFlavour(bundle: { readonly ethereum?: unknown }): Flavour {
  return bundle.ethereum ? "evm-replay" : "app";
}

/** Names of the original's binaries, by flavour (`zksync_os/` of its repository). */
export const ORIGINAL_BINARY: Readonly<Record<Flavour, string>> = {
  app: "app.bin",
  "evm-replay": "evm_replay.bin",
  server: "server_app.bin",
};
