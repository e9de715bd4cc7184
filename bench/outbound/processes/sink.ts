// The receiver, lean because it shares the machine with what it measures: answers 204 at once and keeps when each webhook-id
// first arrived at each path.
import { createServer, type ServerResponse } from "node:http";
import { answerQuestions } from "../../shared/answer-questions.ts";
import { monotonicMs } from "../../shared/clock.ts";

const arrivals = new Map<string, number>();
let requests = 0;
let hanging: { prefix: string; ms: number } | undefined;
const hung = new Map<ServerResponse, NodeJS.Timeout>();
let awaited: { count: number; resolve(): void } | undefined;

const server = createServer((request, response) => {
  request.resume();
  request.on("end", () => {
    const url = request.url ?? "";
    const key = `${url} ${String(request.headers["webhook-id"])}`;
    requests += 1;
    if (!arrivals.has(key)) arrivals.set(key, monotonicMs());
    if (awaited !== undefined && arrivals.size >= awaited.count) awaited.resolve();
    if (hanging !== undefined && url.startsWith(hanging.prefix)) hung.set(response, setTimeout(() => release(response), hanging.ms));
    else response.writeHead(204).end();
  });
});
server.keepAliveTimeout = 60_000;

function release(response: ServerResponse): void {
  clearTimeout(hung.get(response));
  hung.delete(response);
  response.writeHead(204).end();
}

answerQuestions({
  listen: () =>
    new Promise((resolve) => {
      server.listen(0, "127.0.0.1", () => {
        const address = server.address();
        resolve(typeof address === "object" ? address?.port : 0);
      });
    }),
  /** Paths that begin so are answered only after this long. */
  hang: (how: { prefix: string; ms: number }) => void (hanging = how),
  /** Resolves when so many have arrived, or after the time limit. */
  waitFor: ({ count, timeoutMs }: { count: number; timeoutMs: number }) =>
    new Promise<void>((resolve) => {
      const limit = setTimeout(resolve, timeoutMs);
      awaited = { count, resolve: () => (clearTimeout(limit), (awaited = undefined), resolve()) };
      if (arrivals.size >= count) awaited.resolve();
    }),
  arrivals: () => ({ keys: [...arrivals.keys()], at: Float64Array.from(arrivals.values()), requests, hung: hung.size }),
  clear: () => {
    hanging = undefined;
    for (const response of hung.keys()) release(response);
    arrivals.clear();
    requests = 0;
  },
});
