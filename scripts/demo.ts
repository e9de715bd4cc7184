// npm run demo: plays the product's main job against a running `npm start`, over the public API only.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { receiveWebhooks } from "./demo/receiver.ts";
import { Narrator } from "./demo/narrator.ts";
import { ApiClient } from "./demo/api-client.ts";

interface Verification {
  id: string;
  status: string;
  result: string | null;
  inviteUrl: string | null;
  webUrl: string;
}

const apiUrl = (process.env["PUBLIC_URL"] ?? `http://${process.env["HOST"] ?? "127.0.0.1"}:${process.env["PORT"] ?? "3000"}`).replace(/\/+$/, "");
const keyFile = join(process.env["DATA_DIR"] ?? ".data", "admin-api-key");
const say = new Narrator();

function adminKey(): string {
  const key = process.env["BOOTSTRAP_API_KEY"] ?? (existsSync(keyFile) ? readFileSync(keyFile, "utf8").trim() : "");
  if (key === "") say.fail(`No administrator key: is "npm start" running here? (${keyFile} was not found)`);
  return key;
}

const api = new ApiClient(apiUrl, adminKey());
try {
  await api.get("/health/ready");
} catch (error) {
  say.fail(`Waystation does not answer at ${apiUrl}: start it with "npm start" first. (${(error as Error).message})`);
}

const tenant = `demo-${Date.now().toString(36)}`;
const receiver = await receiveWebhooks();
try {
  say.step("A tenant is created", tenant);
  await api.post("/v1/tenants", { id: tenant, name: "Demo Recruiting" });

  say.step("The host product registers an endpoint for its webhooks", receiver.url);
  const endpoint = await api.post<{ secret: string }>(`/v1/tenants/${tenant}/webhook-endpoints`, { url: receiver.url, description: "npm run demo" });
  receiver.useSecret(endpoint.secret);

  say.step("HR connects Sumsub, in sandbox mode: no account is needed");
  const integration = await api.post<{ id: string; status: string; webhookUrl: string }>(`/v1/tenants/${tenant}/integrations`, { provider: "sumsub", mode: "sandbox" });
  if (integration.status !== "connected") say.fail(`the integration is ${integration.status}`);
  say.detail(`Sumsub will post its webhooks to ${integration.webhookUrl}`);
  say.detail(`Console: ${apiUrl}/console/t/${tenant}/integrations`);

  say.step("HR launches an identity verification of Jane Doe");
  const candidate = { firstName: "Jane", lastName: "Doe", email: "jane+approve@example.test", country: "FR" };
  const path = `/v1/tenants/${tenant}/verifications`;
  const started = await api.post<Verification>(path, { checks: ["identity"], candidate, provider: "sumsub" });
  say.detail(`Console: ${apiUrl}/console/t/${tenant}/verifications/${started.id}`);
  say.detail(`Temporal: ${started.webUrl}`);

  say.step("The run creates the applicant, invites the candidate and waits for Sumsub's signed webhooks");
  const done = await api.until<Verification>(`${path}/${started.id}`, (value) => ["completed", "failed", "expired", "cancelled"].includes(value.status));
  const timeline = await api.get<{ data: { at: string; summary: string }[] }>(`${path}/${started.id}/timeline`);
  for (const entry of timeline.data) say.detail(`${entry.at.slice(11, 23)}  ${entry.summary}`);
  if (done.status !== "completed" || done.result !== "clear") say.fail(`the verification is ${done.status}, ${done.result ?? "without a result"}`);

  say.step("What Sumsub sent, as the inbound log has it");
  const inbound = await api.get<{ data: { type: string; status: string }[] }>(`/v1/tenants/${tenant}/inbound-events`);
  for (const event of inbound.data.toReversed()) say.detail(`${event.type}: signature verified, ${event.status}`);
  if (inbound.data.length === 0) say.fail("no webhook of the provider arrived");

  say.step("The signed outbound webhooks reach the host product, which verifies each with the official library");
  const last = await receiver.wait("verification.completed", 30_000).catch((error: unknown) => say.fail((error as Error).message));
  for (const webhook of receiver.received) say.detail(`${webhook.type}  webhook-id ${webhook.id}  signature ${webhook.verified ? "verified" : "WRONG"}`);
  if (receiver.received.some((webhook) => !webhook.verified)) say.fail("a signature was wrong");
  say.done(`Verified outbound webhook: ${last.type} for ${started.id}, result ${String(last.data["result"])}`);
} catch (error) {
  say.fail((error as Error).message);
} finally {
  await receiver.close();
}
