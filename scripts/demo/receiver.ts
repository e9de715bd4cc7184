import { EventEmitter, once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";

export interface ReceivedWebhook {
  id: string;
  type: string;
  data: Record<string, unknown>;
  verified: boolean;
}

export interface WebhookReceiver {
  url: string;
  received: ReceivedWebhook[];
  useSecret(secret: string): void;
  /** The first webhook of the type. @throws Error when none came in time */
  wait(type: string, limitMs: number): Promise<ReceivedWebhook>;
  close(): Promise<void>;
}

/** A host product's endpoint as its engineers would write it: the body as it came, checked by the official library. */
export async function receiveWebhooks(): Promise<WebhookReceiver> {
  const received: ReceivedWebhook[] = [];
  const arrivals = new EventEmitter();
  let secret: string | undefined;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks).toString("utf8");
      let verified = false;
      try {
        new Webhook(secret ?? "").verify(body, request.headers as Record<string, string>);
        verified = true;
      } catch {
        // Counted as a wrong signature below.
      }
      const { type, data } = JSON.parse(body) as { type: string; data: Record<string, unknown> };
      received.push({ id: String(request.headers["webhook-id"]), type, data, verified });
      response.writeHead(verified ? 204 : 401).end();
      arrivals.emit("webhook");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks`,
    received,
    useSecret: (value) => {
      secret = value;
    },
    wait: async (type, limitMs) => {
      const signal = AbortSignal.timeout(limitMs);
      for (;;) {
        const found = received.find((webhook) => webhook.type === type);
        if (found !== undefined) return found;
        await once(arrivals, "webhook", { signal }).catch(() => {
          throw new Error(`no ${type} webhook arrived within ${limitMs / 1000} seconds`);
        });
      }
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
