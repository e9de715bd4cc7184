import { createHmac } from "node:crypto";
import type { ReceivingProvider } from "../contract.ts";
import type { OnfidoCredentials, OnfidoSettings } from "./manifest.ts";

export const onfidoSandbox: ReceivingProvider<OnfidoSettings, OnfidoCredentials>["sandbox"] = {
  credentials: ({ derive }) => ({ webhookToken: derive("webhook").slice(0, 32) }),
  exampleWebhook({ credentials, now, type = "workflow_run.completed", body }) {
    const object = { id: "run-1", status: "approved", completed_at_iso8601: now.toISOString(), href: "https://api.eu.onfido.com/v3.6/workflow_runs/run-1" };
    const bytes = body ?? Buffer.from(JSON.stringify({ payload: { resource_type: "workflow_run", action: type, object } }));
    const signature = createHmac("sha256", credentials.webhookToken).update(bytes).digest("hex");
    const headers = { "content-type": "application/json", "x-sha2-signature": signature };
    return { method: "POST", url: "https://hooks.example.test/webhooks/onfido/example", headers, body: bytes };
  },
};
