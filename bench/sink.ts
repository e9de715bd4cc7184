import { createServer } from "node:http";

// A receiver in a process of its own: answers 204 at once and keeps when each webhook-id first arrived.
// The parent asks over IPC: {ask: "count"} or {ask: "arrivals"}.
const arrivals = new Map<string, number>();
let requests = 0;

const server = createServer((request, response) => {
  const at = performance.timeOrigin + performance.now();
  request.resume();
  request.on("end", () => {
    requests += 1;
    const id = `${request.url ?? ""} ${String(request.headers["webhook-id"])}`;
    if (!arrivals.has(id)) arrivals.set(id, at);
    response.writeHead(204).end();
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.send?.({ port: typeof address === "object" ? address?.port : 0 });
});

process.on("message", (message: { ask: string }) => {
  if (message.ask === "count") process.send?.({ count: arrivals.size, requests });
  if (message.ask === "arrivals") process.send?.({ arrivals: [...arrivals] });
  if (message.ask === "clear") {
    arrivals.clear();
    requests = 0;
    process.send?.({ count: 0, requests: 0 });
  }
});
process.on("disconnect", () => process.exit(0));
