import type { ReceivingProvider } from "../contract.ts";
import type { GoogleCredentials, GoogleSettings } from "./manifest.ts";

export const googleSandbox: ReceivingProvider<GoogleSettings, GoogleCredentials>["sandbox"] = {
  credentials: ({ derive }) => ({ channelToken: derive("channel") }),
  exampleWebhook({ credentials, type = "exists", body }) {
    const headers = {
      "x-goog-channel-id": "4ba78bf0-6a47-11e2-bcfd-0800200c9a66", "x-goog-channel-token": credentials.channelToken,
      "x-goog-resource-id": "ret08u3rv24htgh289g", "x-goog-resource-state": type, "x-goog-message-number": "10",
    };
    return { method: "POST", url: "https://hooks.example.test/webhooks/google/example", headers, body: body ?? Buffer.alloc(0) };
  },
};
