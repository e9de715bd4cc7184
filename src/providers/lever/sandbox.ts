import { createHmac } from "node:crypto";
import type { ReceivingProvider } from "../contract.ts";
import type { LeverCredentials, LeverSettings } from "./manifest.ts";

export const leverSandbox: ReceivingProvider<LeverSettings, LeverCredentials>["sandbox"] = {
  credentials: ({ derive }) => ({ signatureToken: derive("webhook").slice(0, 48) }),
  exampleWebhook({ credentials, now, type = "candidateHired", body }) {
    const triggeredAt = now.getTime();
    const token = "be58f711f349c7780e4579cd7c63341ac6f881e4dccc3154";
    const signature = createHmac("sha256", credentials.signatureToken).update(`${token}${triggeredAt}`).digest("hex");
    const proof = { triggeredAt, signature, token };
    const event = { ...proof, event: type, data: { opportunityId: "3410c8b9-5c31-4bab-b7e9-9f710206d647" } };
    return {
      method: "POST",
      url: "https://hooks.example.test/webhooks/lever/example",
      headers: { "content-type": "application/json" },
      body: body === undefined ? Buffer.from(JSON.stringify(event)) : withProof(body, proof),
    };
  },
};

/** An object takes the proof in; what is none stays as it is. */
function withProof(body: Buffer, proof: object): Buffer {
  const text = body.toString("utf8");
  return text.endsWith("}") && text.startsWith("{") ? Buffer.from(`${text.slice(0, -1)},${JSON.stringify(proof).slice(1)}`) : body;
}
