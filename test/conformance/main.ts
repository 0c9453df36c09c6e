/**
 * `npm run conformance -- NAME PATH`: checks against reference material that is not in the repository. The last line of stdout is
 * `{"conformance":NAME,"passed":n,"failed":n,"excluded":n}`; the exit code is 0 only if nothing failed, 2 for bad usage.
 */

export interface Outcome {
  passed: number;
  failed: number;
  /** Cases that cannot be judged, each explained on stderr. */
  excluded: number;
}

/** Name → what `PATH` is, and the module with `run(path)`. */
const SUITES: Record<string, { path: string; load: () => Promise<{ run(path: string): Outcome | Promise<Outcome> }> }> =
  {
    oracle: { path: "a checkout of ZKsync OS with its binaries", load: () => import("./oracle.ts") },
  };

const [name, path] = process.argv.slice(2);
const suite = Object.hasOwn(SUITES, name ?? "") ? SUITES[name] : undefined;
if (suite === undefined || path === undefined) {
  const usage = Object.entries(SUITES).map(([suiteName, { path: what }]) => `  ${suiteName} PATH   PATH: ${what}`);
  console.error(["usage: npm run conformance -- NAME PATH", ...usage].join("\n"));
  process.exitCode = 2;
} else {
  try {
    const outcome = await (await suite.load()).run(path);
    process.exitCode = outcome.failed === 0 ? 0 : 1;
    console.log(JSON.stringify({ conformance: name, ...outcome }));
  } catch (error) {
    if (!(error instanceof Error && error.name === "InputError")) throw error;
    console.error(error.message);
    process.exitCode = 2;
  }
}
