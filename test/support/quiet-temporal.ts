import { DefaultLogger, Runtime } from "@temporalio/worker";

// Once per test process, before any worker: the SDK's own lines would drown the report.
Runtime.install({ logger: new DefaultLogger("ERROR"), shutdownSignals: [], telemetryOptions: { logging: { filter: "off" } } });
