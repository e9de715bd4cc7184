import { describe } from "vitest";
import { tenantIsolationSuite } from "../support/tenant-isolation-suite.ts";

describe("a tenant's key", () => tenantIsolationSuite({ requests: 300, concurrency: 20 }));
