import { defineConfig } from "vitest/config";

// One project per kind of test. `host` and `contract` touch the kernel's objects under fixed names, so their files run one after another.
const serial = { fileParallelism: false, testTimeout: 600_000, hookTimeout: 600_000 };
// Machines boot in them, several to a test. A limit only ends what hangs: a host that is ten times slower than a developer's must get through.
const booting = { testTimeout: 1_800_000, hookTimeout: 1_800_000 };

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/unit/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      // Each parses the whole tree.
      { test: { name: "arch", include: ["test/arch/**/*.test.ts"], testTimeout: 600_000 } },
      { test: { name: "contract", include: ["test/contract/**/*.test.ts"], ...serial } },
      { test: { name: "host", include: ["test/host/**/*.test.ts"], ...serial } },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          globalSetup: ["test/e2e/support/base.ts"],
          ...booting,
          // Each file has a sandbox of its own; a boot mostly keeps one CPU busy.
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: "matrix",
          include: ["test/matrix/**/*.test.ts"],
          globalSetup: ["test/e2e/support/base.ts"],
          ...serial,
          ...booting,
        },
      },
    ],
  },
});
