import { defineConfig } from "vitest/config";

/** Tests never assert time. The limit is for one that hangs, and far above what the longest takes on a machine that has other work too. */
const HANGING = 600_000;

export default defineConfig({
  test: { include: ["test/**/*.test.ts"], testTimeout: HANGING, hookTimeout: HANGING, pool: "forks", maxWorkers: 2 },
});
