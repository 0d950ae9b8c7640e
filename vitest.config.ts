import { defineConfig } from "vitest/config";

// One project per kind of test. `host`, `contract` and `e2e` touch real kernel objects, so their files run one after another.
const serial = { fileParallelism: false, testTimeout: 600_000, hookTimeout: 600_000 };

export default defineConfig({
  test: {
    projects: [
      { test: { name: "unit", include: ["test/unit/**/*.test.ts"] } },
      // Each parses the whole tree, which on a busy machine takes seconds.
      { test: { name: "arch", include: ["test/arch/**/*.test.ts"], testTimeout: 60_000 } },
      { test: { name: "contract", include: ["test/contract/**/*.test.ts"], ...serial } },
      { test: { name: "host", include: ["test/host/**/*.test.ts"], ...serial } },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          globalSetup: ["test/e2e/support/base.ts"],
          ...serial,
        },
      },
      {
        test: {
          name: "matrix",
          include: ["test/matrix/**/*.test.ts"],
          globalSetup: ["test/e2e/support/base.ts"],
          ...serial,
        },
      },
    ],
  },
});
