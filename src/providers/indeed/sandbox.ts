import { createHmac } from "node:crypto";
import type { ReceivingProvider } from "../contract.ts";
import type { IndeedCredentials, IndeedSettings } from "./manifest.ts";

export const indeedSandbox: ReceivingProvider<IndeedSettings, IndeedCredentials>["sandbox"] = {
  credentials: ({ derive }) => ({ applySecret: derive("apply") }),
  exampleWebhook({ credentials, body }) {
    const application = { id: "a1", locale: "en_US", job: { jobId: "job-1" }, applicant: { fullName: "Jane Doe", email: "jane@example.test" } };
    const bytes = body ?? Buffer.from(JSON.stringify(application));
    const signature = createHmac("sha1", credentials.applySecret).update(bytes).digest("base64");
    const headers = { "content-type": "application/json", "x-indeed-signature": signature };
    return { method: "POST", url: "https://hooks.example.test/webhooks/indeed/example", headers, body: bytes };
  },
};
