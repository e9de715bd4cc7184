import { defineConfig } from "vitest/config";
import base from "./vitest.config.ts";

/** `npm run test:contract`: what we send to providers and what our stand-ins answer, against the vendors' own descriptions. */
export default defineConfig({ test: { ...base.test, globalSetup: [], include: ["test/providers/described/**/*.test.ts"] } });
