// A receiver of webhooks in a process of its own: what arrives is verified and remembered by path. Started by receiver.ts,
// which says by IPC how each path behaves and asks what came.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Webhook } from "standardwebhooks";
import type { PathReport, Question, ReceiverRule } from "./receiver.ts";

interface Path {
  rule: ReceiverRule;
  verifier: Webhook | undefined;
  requests: number;
  badSignatures: number;
  open: number;
  peakOpen: number;
  first: Map<string, number>;
  times: number[];
  bodies: unknown[];
}

const paths = new Map<string, Path>();

function pathOf(name: string): Path {
  const known = paths.get(name);
  if (known !== undefined) return known;
  const fresh: Path = { rule: {}, verifier: undefined, requests: 0, badSignatures: 0, open: 0, peakOpen: 0, first: new Map(), times: [], bodies: [] };
  paths.set(name, fresh);
  return fresh;
}

/** A path that nobody gave a secret for has nothing to verify with: what comes there counts as badly signed. */
function isSigned(path: Path, request: IncomingMessage, body: string): boolean {
  try {
    path.verifier?.verify(body, request.headers as Record<string, string>);
    return path.verifier !== undefined;
  } catch {
    return false;
  }
}

function statusFor(path: Path, isNew: boolean): number {
  const { status = 204, failEvery } = path.rule;
  return failEvery !== undefined && isNew && path.first.size % failEvery === 0 ? 500 : status;
}

function receive(request: IncomingMessage, response: ServerResponse): void {
  const at = Date.now();
  const path = pathOf(request.url ?? "");
  path.open += 1;
  path.peakOpen = Math.max(path.peakOpen, path.open);
  response.once("close", () => (path.open -= 1));
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const body = Buffer.concat(chunks).toString("utf8");
    const id = String(request.headers["webhook-id"]);
    const isNew = !path.first.has(id);
    path.requests += 1;
    path.times.push(at);
    if (isNew) path.first.set(id, at);
    if (!isSigned(path, request, body)) path.badSignatures += 1;
    if (path.rule.keepBodies === true) path.bodies.push(JSON.parse(body));
    const answer = (): unknown => response.writeHead(statusFor(path, isNew)).end();
    if (path.rule.delayMs === undefined) answer();
    else setTimeout(answer, path.rule.delayMs);
  });
}

function answerTo(question: Question): unknown {
  switch (question.ask) {
    case "rule": {
      const path = pathOf(question.path);
      path.rule = { ...path.rule, ...question.rule };
      path.verifier = path.rule.secret === undefined ? undefined : new Webhook(path.rule.secret);
      return true;
    }
    case "counts":
      return question.paths.map((name) => ({ unique: pathOf(name).first.size, requests: pathOf(name).requests }));
    case "report": {
      const { requests, badSignatures, peakOpen, first, times, bodies } = pathOf(question.path);
      return { requests, badSignatures, peakOpen, times, bodies, first: [...first] } satisfies PathReport;
    }
  }
}

const server = createServer(receive);
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.send?.({ port: typeof address === "object" ? address?.port : 0 });
});
process.on("message", ({ number, question }: { number: number; question: Question }) => process.send?.({ number, answer: answerTo(question) }));
process.on("disconnect", () => process.exit(0));
