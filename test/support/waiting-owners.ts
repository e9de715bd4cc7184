import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Client, Connection } from "@temporalio/client";
import pg from "pg";
import type { ProviderNews } from "../../src/domain/processes.ts";
import { createDataConverter } from "../../src/temporal/codec.ts";
import type { LocalInstallation } from "./local-installation.ts";

export interface Told {
  signals: number;
  /** The vendor's ids of the news, in the order in which the run was told. */
  news: string[];
}

/**
 * Open runs that own applicants and do nothing: nobody polls their queue, so that what they were told is exactly what their
 * histories hold.
 */
export class WaitingOwners {
  readonly applicants: string[] = [];
  private readonly db: pg.Pool;
  private readonly connection: Connection;
  private readonly client: Client;

  private constructor(installation: LocalInstallation, connection: Connection) {
    this.connection = connection;
    const keys = readFileSync(join(installation.dataDir, "encryption-keys"), "utf8").trim();
    this.client = new Client({ connection, dataConverter: createDataConverter(keys) });
    this.db = new pg.Pool({ connectionString: installation.databaseUrl, max: 2 });
    // The server may be killed under an idle connection.
    this.db.on("error", () => undefined);
  }

  static async start(installation: LocalInstallation, of: { tenant: string; integrationId: string; prefix: string; count: number }): Promise<WaitingOwners> {
    const owners = new WaitingOwners(installation, await Connection.connect({ address: installation.temporalAddress }));
    for (let n = 0; n < of.count; n += 1) owners.applicants.push(`${of.prefix}-${n}`);
    const left = owners.applicants.values();
    await Promise.all(Array.from({ length: 10 }, async () => {
      for (const applicant of left) await owners.client.workflow.start("nobodyRunsThis", { taskQueue: "nobody-polls-this", workflowId: `waiting/${applicant}`, args: [] });
    }));
    await owners.db.query(
      "INSERT INTO external_reference (tenant_id, integration_id, kind, reference, workflow_id) SELECT $1, $2, 'applicant', name, 'waiting/' || name FROM unnest($3::text[]) AS g(name)",
      [of.tenant, of.integrationId, owners.applicants],
    );
    return owners;
  }

  /** Of this integration's news: how many rows there are, and how many wait. */
  async counts(integrationId: string): Promise<{ stored: number; waiting: number; ids: Set<string> }> {
    const { rows } = await this.db.query<{ external_id: string; status: string }>("SELECT external_id, status FROM inbound_event WHERE integration_id = $1 AND status <> 'rejected'", [integrationId]);
    return { stored: rows.length, waiting: rows.filter(({ status }) => status === "received").length, ids: new Set(rows.map((row) => row.external_id)) };
  }

  /** What every run was told. */
  async told(integrationId: string): Promise<Map<string, Told>> {
    const { rows } = await this.db.query<{ id: string; external_id: string }>("SELECT id, external_id FROM inbound_event WHERE integration_id = $1", [integrationId]);
    const names = new Map(rows.map((row) => [row.id, row.external_id]));
    const told = new Map<string, Told>();
    const left = this.applicants.values();
    await Promise.all(Array.from({ length: 10 }, async () => {
      for (const applicant of left) told.set(applicant, await this.toldOne(`waiting/${applicant}`, names));
    }));
    return told;
  }

  async stop(): Promise<void> {
    await Promise.all(this.applicants.map((applicant) => this.client.workflow.getHandle(`waiting/${applicant}`).terminate().catch(() => undefined)));
    await this.connection.close();
    await this.db.end();
  }

  private async toldOne(workflowId: string, names: Map<string, string>): Promise<Told> {
    const { events } = await this.client.workflow.getHandle(workflowId).fetchHistory();
    const signals = (events ?? []).flatMap((event) => (event.workflowExecutionSignaledEventAttributes == null ? [] : [event.workflowExecutionSignaledEventAttributes]));
    const news = await Promise.all(signals.map(async (signal) => await this.decode(signal.input?.payloads?.[0] ?? {})));
    return { signals: signals.length, news: news.flat().map(({ inboundEventId }) => names.get(inboundEventId) ?? inboundEventId) };
  }

  private async decode(payload: object): Promise<ProviderNews[]> {
    const { payloadConverter, payloadCodecs } = this.client.options.loadedDataConverter;
    let payloads = [payload];
    for (const codec of payloadCodecs.toReversed()) payloads = await codec.decode(payloads);
    return payloadConverter.fromPayload<ProviderNews[]>(payloads[0] as never);
  }
}
