import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface Arrival {
  /** The webhook-id. */
  id: string;
  path: string;
  at: number;
  /** Of the body. */
  bytes: number;
}

export interface ReceiverAnswer {
  status: number;
  headers?: Record<string, string>;
}

export interface Receiver {
  url: string;
  arrivals: Arrival[];
  close(): void;
}

/** A receiver on this machine that answers as the test says; it may be told otherwise at any time by what `answer` reads. */
export async function startReceiver(answer: (arrival: Arrival) => ReceiverAnswer): Promise<Receiver> {
  const arrivals: Arrival[] = [];
  const server = createServer((request, response) => {
    let bytes = 0;
    request.on("data", (chunk: Buffer) => (bytes += chunk.length));
    request.on("end", () => {
      const arrival = { id: String(request.headers["webhook-id"]), path: request.url ?? "/", at: Date.now(), bytes };
      arrivals.push(arrival);
      const { status, headers } = answer(arrival);
      response.writeHead(status, headers).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    arrivals,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
