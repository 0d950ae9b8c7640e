import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

// One project per kind of test. `host` and `contract` touch the kernel's objects under fixed names, so their files run one after another.
const serial = { fileParallelism: false, testTimeout: 600_000, hookTimeout: 600_000 };
// As many at a time as there are CPUs; vitest would leave one of them idle.
const parallel = { maxWorkers: availableParallelism() };
// Machines boot in them, several to a test. A limit only ends what hangs: a host that is ten times slower than a developer's must get through.
const booting = {
  testTimeout: 1_800_000,
  hookTimeout: 1_800_000,
  globalSetup: ["test/e2e/support/base.ts"],
  // Each file has a sandbox of its own; a boot mostly keeps one CPU busy. In the lab two guests' worth of nested virtualisation is too much.
  maxWorkers: process.env.BANGER_LAB === "1" ? 1 : 2,
};

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/unit/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          ...parallel,
        },
      },
      // Each parses the whole tree.
      { test: { name: "arch", include: ["test/arch/**/*.test.ts"], testTimeout: 600_000, ...parallel } },
      { test: { name: "contract", include: ["test/contract/**/*.test.ts"], ...serial } },
      { test: { name: "host", include: ["test/host/**/*.test.ts"], ...serial } },
      { test: { name: "e2e", include: ["test/e2e/**/*.test.ts"], ...booting } },
      { test: { name: "matrix", include: ["test/matrix/**/*.test.ts"], ...booting } },
    ],
  },
});
