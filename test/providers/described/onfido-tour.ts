import { systemClock } from "../../../src/lib/clock.ts";
import type { HttpTransport } from "../../../src/lib/http.ts";
import type { ProviderConnection, ProviderContext } from "../../../src/providers/contract.ts";
import { createOnfidoClient } from "../../../src/providers/onfido/client.ts";
import { onfido } from "../../../src/providers/onfido/index.ts";
import { type OnfidoCredentials, onfidoSettings, type OnfidoSettings } from "../../../src/providers/onfido/manifest.ts";
import { until } from "../../support/wait.ts";

const workflowId = "6d1f0a3e-52b6-4f0c-9a43-6a1df3c6e0b1";
const checks = ["identity", "address", "watchlist"] as const;

/** Does everything with Onfido that the platform does, by classic checks and by Studio. */
export async function tourOnfido(input: { baseUrl: string; credentials: OnfidoCredentials; http: HttpTransport }): Promise<void> {
  for (const settings of [onfidoSettings.parse({ sdkReferrer: "https://*.example.com/*" }), onfidoSettings.parse({ workflowId })]) {
    const context: ProviderContext<OnfidoSettings, OnfidoCredentials> = { ...input, settings, mode: "sandbox", clock: systemClock };
    const connection = onfido.connect?.(context) as ProviderConnection;
    await connection.testConnection();
    await subscribe(connection, context);
    await verify(connection, `tour-${settings.workflowId || "classic"}`);
  }
}

async function subscribe(connection: ProviderConnection, context: ProviderContext<OnfidoSettings, OnfidoCredentials>): Promise<void> {
  const url = "https://hooks.example.test/webhooks/onfido/tour";
  await connection.webhookSubscription?.ensure({ url });
  const client = createOnfidoClient(context);
  for (const webhook of await client.listWebhooks()) await client.updateWebhook(webhook.id, { enabled: false });
  await connection.webhookSubscription?.ensure({ url });
}

async function verify(connection: ProviderConnection, externalId: string): Promise<void> {
  const identity = connection.identityVerification;
  if (identity === undefined) throw new Error("no identityVerification");
  const person = { externalId, firstName: "Jane", lastName: "Doe", phone: "+33123456789", country: "FR", birthDate: "1990-01-31", checks: [...checks] };
  const { reference } = await identity.createApplicant({ ...person, email: "jane+expire+consider@example.test" });
  await identity.fetchDecision({ reference });
  const invitation = { reference, externalId, ttlSeconds: 3_600, checks: [...checks] };
  await identity.createInvitation(invitation);
  await identity.createSdkToken?.(invitation);
  for (const [kind, side] of [["id_card", "front"], ["id_card", "back"], ["proof_of_address", undefined], ["selfie", undefined]] as const) {
    const document = { kind, country: "FR", ...(side === undefined ? {} : { side }), fileName: "x.png", contentType: "image/png", content: Buffer.from(`${kind} ${side ?? ""}`) };
    await identity.submitDocument({ reference, document });
  }
  await identity.requestCheck?.({ reference, checks: [...checks] });
  await until("a decision", () => identity.fetchDecision({ reference }), (decision) => decision.state === "decided", 10_000);
}
