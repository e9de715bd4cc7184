import { defineConfig } from "vitest/config";
import base from "./vitest.config.ts";

/**
 * `npm run test:security`: all of test/security, and what npm test runs too of hostile URLs, receivers, keys, the vault and the
 * audit log. A test belongs to a row of the table by the id that its name begins with.
 */
export default defineConfig({
  test: {
    ...base.test,
    exclude: [],
    include: [
      "test/security/**/*.test.ts", "src/security/*.test.ts", "test/support/planted.test.ts", "test/local/{rotate-keys,audit-chain,row-level-security}.test.ts",
      "test/webhooks/{hostile-receivers,stored-urls}.test.ts", "test/api/{endpoints,keys,audit-log,audited-routes}.test.ts", "test/limits/api-keys.test.ts",
    ],
  },
});
