import { defineConfig } from "vitest/config";
import base from "./vitest.config.ts";

/** `npm run test:security`: all that hostile URLs, receivers and headers are tried against, also what needs a network namespace. */
export default defineConfig({
  test: {
    ...base.test,
    exclude: [],
    include: ["test/security/**/*.test.ts", "src/security/{address-rules,egress-guard,egress-guard-tls,webhook-url}.test.ts", "test/webhooks/{hostile-receivers,stored-urls}.test.ts", "test/api/endpoints.test.ts"],
  },
});
