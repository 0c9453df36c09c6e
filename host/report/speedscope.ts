/**
 * A profile in speedscope's file format (https://www.speedscope.app/file-format-schema.json): two profiles of "sampled" type, where a sample is a place in the tree of
 * calls and its weight what that place cost, exactly: effective cycles, with delegations as frames of their own, and plain cycles.
 */
import { packageVersion } from "../package.ts";
import { DELEGATION_FRAMES, type ProfileReport } from "./profile-report.ts";

interface SpeedscopeProfile {
  type: "sampled";
  name: string;
  unit: "none";
  startValue: number;
  endValue: number;
  samples: number[][];
  weights: number[];
}

export function speedscope(report: ProfileReport): string {
  const { frames, nodes } = report;
  const stacks: number[][] = [];
  for (const { parent, frame } of nodes) stacks.push(parent < 0 ? [frame] : [...stacks[parent], frame]);
  const build = (name: string, withDelegations: boolean): SpeedscopeProfile => {
    const samples: number[][] = [];
    const weights: number[] = [];
    const put = (stack: number[], weight: number): void => {
      if (weight === 0) return;
      samples.push(stack);
      weights.push(weight);
    };
    nodes.forEach((node, i) => {
      put(stacks[i], node.cycles);
      if (!withDelegations) return;
      DELEGATION_FRAMES.forEach(({ count, cost }, d) => {
        put([...stacks[i], frames.length + d], cost * node[count]);
      });
    });
    const endValue = weights.reduce((sum, weight) => sum + weight, 0);
    return { type: "sampled", name, unit: "none", startValue: 0, endValue, samples, weights };
  };
  return JSON.stringify({
    $schema: "https://www.speedscope.app/file-format-schema.json",
    name: report.program,
    exporter: `windproof ${packageVersion()}`,
    activeProfileIndex: 0,
    shared: {
      frames: [
        ...frames.map(({ name, file, line }) => ({ name, ...(file ? { file, line } : {}) })),
        ...DELEGATION_FRAMES.map(({ name }) => ({ name })),
      ],
    },
    profiles: [build("effective cycles", true), build("cycles", false)],
  });
}
