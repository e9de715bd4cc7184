import type { ReceivingProvider } from "../contract.ts";
import type { MicrosoftCredentials, MicrosoftSettings } from "./manifest.ts";

export const microsoftSandbox: ReceivingProvider<MicrosoftSettings, MicrosoftCredentials>["sandbox"] = {
  credentials: ({ derive }) => ({ clientState: derive("state") }),
  exampleWebhook({ credentials, type = "updated", body }) {
    const item = { id: "n1", subscriptionId: "76619225-ff6b-4489-96ca-d5568bb7ff1b", clientState: credentials.clientState, changeType: type, resource: "users/u/events/1", tenantId: "t1", resourceData: { id: "1" } };
    const bytes = body ?? Buffer.from(JSON.stringify({ value: [item] }));
    return { method: "POST", url: "https://hooks.example.test/webhooks/microsoft/example", headers: { "content-type": "application/json" }, body: bytes };
  },
};
