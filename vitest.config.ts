import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts", "src/**/*.test.ts"],
    // The long suite: npm run test:security.
    exclude: ["test/security/**"],
    setupFiles: "test/support/quiet-temporal.ts",
    globalSetup: "test/support/global-setup.ts",
    pool: "forks",
    // Each file may start servers of its own: one after the other keeps their timing true.
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
