import { Client, Connection, WorkflowNotFoundError } from "@temporalio/client";
import { loadClientConnectConfig } from "@temporalio/envconfig";
import type { DataConverter } from "@temporalio/common";
import type { Config } from "../config/config.ts";

/** The process's one connection to Temporal. It connects at first use, so that a process starts while Temporal is away. */
export interface TemporalGateway {
  readonly client: Client;
  /** Answers within the time limit or throws: for readiness. */
  ping(timeoutMs: number): Promise<void>;
  /** The run's page in Temporal's Web UI. */
  webUrl(workflowId: string): string;
  close(): Promise<void>;
}

/**
 * Address, TLS and API key come from Temporal's standard environment configuration (TEMPORAL_ADDRESS, TEMPORAL_API_KEY,
 * TEMPORAL_TLS…, TEMPORAL_PROFILE). Source: https://docs.temporal.io/develop/environment-configuration
 */
export function temporalConnectionOptions(config: Config): ReturnType<typeof loadClientConnectConfig>["connectionOptions"] {
  const { connectionOptions } = loadClientConnectConfig({ overrideEnvVars: config.temporalEnvironment });
  return config.temporalAddress === undefined ? connectionOptions : { ...connectionOptions, address: config.temporalAddress };
}

export function openTemporal(config: Config, dataConverter: DataConverter): TemporalGateway {
  const connection = Connection.lazy(temporalConnectionOptions(config));
  const client = new Client({ connection, namespace: config.temporalNamespace, dataConverter });
  return {
    client,
    ping: async (timeoutMs) => {
      await connection.withDeadline(Date.now() + timeoutMs, async () => {
        await connection.workflowService.describeNamespace({ namespace: config.temporalNamespace });
      });
    },
    webUrl: (workflowId) => `${config.temporalUiUrl}/namespaces/${config.temporalNamespace}/workflows/${encodeURIComponent(workflowId)}`,
    close: () => connection.close(),
  };
}

export function isWorkflowGone(error: unknown): boolean {
  return error instanceof WorkflowNotFoundError;
}
