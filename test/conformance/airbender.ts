/**
 * The verifier programs of zksync-airbender v0.3.1 (`tools/verifier/*.bin`), which run on the machines of the recursion (field operations,
 * whole words only, Blake2s by delegation or in software), on the proof that lies in that checkout. Each must accept the proof and
 * read all of it, all must end with the same registers, x10…x17 being those of the proven program; and with any word of the
 * proof changed they must not end well.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { interpreter } from "../../emulator/engine/interpreter.ts";
import { type MachineConfig, REDUCED, REDUCED_PLAIN } from "../../emulator/machine/config.ts";
import { ReplayTape } from "../../emulator/tape/device.ts";
import type { Suite } from "./main.ts";

const PROOF = "execution_utils/final_recursion_over_final_recursion_layer.json";

/** The universal programs first read which layer the proof is of: 2 is the last. */
const PROGRAMS: readonly (readonly [file: string, config: MachineConfig, before: readonly number[]])[] = [
  ["final_recursion_layer.bin", REDUCED_PLAIN, []],
  ["final_recursion_layer_with_output.bin", REDUCED_PLAIN, []],
  ["universal_no_delegation.bin", REDUCED_PLAIN, [2]],
  ["universal.bin", REDUCED, [2]],
];
/** Which program is tried with changed proofs, and how often. */
const [TRIED, CHANGES] = [3, 64];

const P = 2 ** 31 - 1;
const TIMESTAMP_LIMB = 2 ** 19;

interface Quartic {
  c0: { c0: number; c1: number };
  c1: { c0: number; c1: number };
}
type Caps = { cap: number[][] }[];
interface Query {
  query_index: number;
  leaf_content: number[];
  merkle_proof: number[][];
}
interface Challenges {
  memory_argument: { memory_argument_linearization_challenges: Quartic[]; memory_argument_gamma: Quartic };
  delegation_argument?: { delegation_argument_linearization_challenges: Quartic[]; delegation_argument_gamma: Quartic };
}
interface Proof {
  circuit_sequence: number;
  delegation_type: number;
  public_inputs: number[];
  setup_tree_caps: Caps;
  external_values: { challenges: Challenges; aux_boundary_values: Record<string, number[]> };
  witness_tree_caps: Caps;
  memory_tree_caps: Caps;
  stage_2_tree_caps: Caps;
  memory_grand_product_accumulator: Quartic;
  delegation_argument_accumulator?: Quartic;
  quotient_tree_caps: Caps;
  evaluations_at_random_points: Quartic[];
  deep_poly_caps: Caps;
  intermediate_fri_oracle_caps: Caps[];
  last_fri_step_plain_leaf_values: Quartic[][];
  final_monomial_form: Quartic[];
  pow_nonce: number;
  queries: (Record<string, Query> & { intermediate_fri_queries: Query[] })[];
}
interface ProgramProof {
  register_final_values: { value: number; last_access_timestamp: number }[];
  base_layer_proofs: Proof[];
  recursion_chain_preimage: number[] | null;
}

const BOUNDARIES = ["first_row", "one_before_last_row"].flatMap((row) =>
  ["lazy_init", "teardown_value", "teardown_timestamp"].map((what) => `${what}_${row}`),
);
const QUERIES = ["setup", "witness", "memory", "stage_2", "quotient", "initial_fri"].map((name) => `${name}_query`);

const reduced = (values: number[]) => values.map((value) => value % P);
const quartic = ({ c0, c1 }: Quartic) => reduced([c0.c0, c0.c1, c1.c0, c1.c1]);
const caps = (trees: Caps) => trees.flatMap(({ cap }) => cap.flat());

function challenges({ memory_argument: memory, delegation_argument: delegation }: Challenges): number[] {
  const all = [...memory.memory_argument_linearization_challenges, memory.memory_argument_gamma];
  if (delegation)
    all.push(...delegation.delegation_argument_linearization_challenges, delegation.delegation_argument_gamma);
  return all.flatMap(quartic);
}

/** In the order of `verifier_common/src/proof_flattener.rs`. */
function flatten(proof: Proof): number[] {
  return [
    proof.circuit_sequence,
    proof.delegation_type,
    ...reduced(proof.public_inputs),
    ...caps(proof.setup_tree_caps),
    ...challenges(proof.external_values.challenges),
    ...BOUNDARIES.flatMap((name) => reduced(proof.external_values.aux_boundary_values[name])),
    ...caps(proof.witness_tree_caps),
    ...caps(proof.memory_tree_caps),
    ...caps(proof.stage_2_tree_caps),
    ...quartic(proof.memory_grand_product_accumulator),
    ...(proof.delegation_argument_accumulator ? quartic(proof.delegation_argument_accumulator) : []),
    ...caps(proof.quotient_tree_caps),
    ...proof.evaluations_at_random_points.flatMap(quartic),
    ...caps(proof.deep_poly_caps),
    ...proof.intermediate_fri_oracle_caps.flatMap(caps),
    ...proof.last_fri_step_plain_leaf_values.flat().flatMap(quartic),
    ...proof.final_monomial_form.flatMap(quartic),
    proof.pow_nonce % 2 ** 32,
    Math.floor(proof.pow_nonce / 2 ** 32),
    ...proof.queries.flatMap((query) => {
      const parts = [...QUERIES.map((name) => query[name]), ...query.intermediate_fri_queries];
      const leaves = parts.flatMap(({ leaf_content }) => reduced(leaf_content));
      const paths = parts.flatMap(({ merkle_proof }) => merkle_proof.flat());
      return [query.witness_query.query_index, ...leaves, ...paths];
    }),
  ];
}

/** The proof of a program without delegations, as `execution_utils/src/lib.rs` gives it to a verifier. */
function tapeOf(program: ProgramProof): number[] {
  const registers = program.register_final_values.flatMap(({ value, last_access_timestamp: timestamp }) => [
    value,
    timestamp % TIMESTAMP_LIMB,
    Math.floor(timestamp / TIMESTAMP_LIMB),
  ]);
  const proofs = program.base_layer_proofs;
  return [...registers, proofs.length, ...proofs.flatMap(flatten), ...(program.recursion_chain_preimage ?? [])];
}

export const suite: Suite = {
  run(checkout, say) {
    const proof = JSON.parse(readFileSync(join(checkout, PROOF), "utf8")) as ProgramProof;
    const words = tapeOf(proof);
    const outcome = { passed: 0, failed: 0, excluded: 0 };
    const judge = (what: string, problem: string | undefined) => {
      if (problem) say(`FAILED   ${what}: ${problem}`);
      outcome[problem ? "failed" : "passed"]++;
    };
    const verify = (index: number, list: number[]) => {
      const [file, config, before] = PROGRAMS[index];
      const tape = new ReplayTape(Uint32Array.from([...before, ...list]));
      const machine = interpreter.load(readFileSync(join(checkout, "tools/verifier", file)), config, tape);
      const stop = machine.run({ maxCycles: 1e8 });
      return { stop, left: tape.left, output: [...machine.registers.subarray(10, 26)] };
    };

    const results = PROGRAMS.map((_, index) => verify(index, words));
    const proven = proof.register_final_values.slice(10, 18).map(({ value }) => value);
    results.forEach(({ stop, left, output }, i) => {
      let problem: string | undefined;
      if (stop.kind !== "finished") problem = `${stop.kind}: ${stop.message}`;
      else if (left > 0) problem = `${left} words of the proof were not read`;
      else if (output.slice(0, 8).join() !== proven.join()) problem = `x10…x17 = ${output.slice(0, 8)}, not ${proven}`;
      else if (output.join() !== results[0].output.join()) problem = `ends with other registers than ${PROGRAMS[0][0]}`;
      judge(PROGRAMS[i][0], problem);
    });
    for (let i = 0; i < CHANGES; i++) {
      const at = Math.floor((i * (words.length - 1)) / (CHANGES - 1));
      const { stop } = verify(TRIED, words.with(at, words[at] ^ 1));
      judge(`word ${at} changed`, stop.kind === "unprovable" ? undefined : `the verifier ${stop.kind}`);
    }
    return outcome;
  },
};
