import { describe } from "vitest";
import { tenantIsolationSuite } from "../support/tenant-isolation-suite.ts";

describe("A1 a tenant's key", () => tenantIsolationSuite({ requests: 2_000, concurrency: 50 }));
