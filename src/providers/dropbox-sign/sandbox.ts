import { createHmac } from "node:crypto";
import type { ReceivingProvider } from "../contract.ts";
import type { DropboxSignCredentials, DropboxSignSettings } from "./manifest.ts";

const boundary = "------------------------d74496d66958873e";

export const dropboxSignSandbox: ReceivingProvider<DropboxSignSettings, DropboxSignCredentials>["sandbox"] = {
  credentials: ({ derive }) => ({ apiKey: derive("key") }),
  exampleWebhook({ credentials, now, type = "signature_request_all_signed", body }) {
    const event_time = String(Math.floor(now.getTime() / 1000));
    const event_hash = createHmac("sha256", credentials.apiKey).update(`${event_time}${type}`).digest("hex");
    const event = { event_time, event_type: type, event_hash, event_metadata: { related_signature_id: null, reported_for_account_id: "a1" } };
    const json = JSON.stringify({ event, signature_request: { signature_request_id: "r1" } });
    const form = `--${boundary}\r\nContent-Disposition: form-data; name="json"\r\n\r\n${json}\r\n--${boundary}--\r\n`;
    return {
      method: "POST",
      url: "https://hooks.example.test/webhooks/dropbox-sign/example",
      headers: { "content-type": `multipart/form-data; boundary=${boundary}` },
      body: body ?? Buffer.from(form),
    };
  },
};
