import { connect } from "node:net";
import { Pool } from "undici";

/** HTTP as its bytes: what a polite client would not send. */

export interface RawAnswer {
  /** 0 when the other side closed without an answer. */
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** Sends the chunks as they are, and reads until the other side closes or the answer is complete. `end` says that nothing follows. */
export async function exchange(port: number, chunks: (string | Buffer)[], options: { end?: boolean } = {}): Promise<{ answers: RawAnswer[]; text: string; closed: boolean }> {
  return await new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    const received: Buffer[] = [];
    const finish = (closed: boolean): void => {
      socket.destroy();
      const text = Buffer.concat(received).toString("latin1");
      resolve({ answers: readAnswers(text), text, closed });
    };
    socket.setTimeout(3_000, () => finish(false));
    socket.on("data", (chunk) => received.push(chunk));
    socket.on("close", () => finish(true));
    socket.on("error", (error: NodeJS.ErrnoException) => (error.code === "ECONNRESET" || error.code === "EPIPE" ? finish(true) : reject(error)));
    socket.on("connect", () => {
      for (const chunk of chunks) socket.write(typeof chunk === "string" ? Buffer.from(chunk, "latin1") : chunk);
      if (options.end === true) socket.end();
    });
  });
}

function readAnswers(text: string): RawAnswer[] {
  const answers: RawAnswer[] = [];
  for (let rest = text; rest.startsWith("HTTP/1.1 ");) {
    const headEnd = rest.indexOf("\r\n\r\n");
    if (headEnd === -1) break;
    const [statusLine = "", ...lines] = rest.slice(0, headEnd).split("\r\n");
    const headers = Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]));
    const length = Number(headers["content-length"] ?? 0);
    answers.push({ status: Number(statusLine.slice(9, 12)), headers, body: rest.slice(headEnd + 4, headEnd + 4 + length) });
    rest = rest.slice(headEnd + 4 + length);
  }
  return answers;
}

/** A request head, line by line; every request asks for the connection's end, so that its answer is known to be complete. */
export function head(method: string, path: string, headers: [string, string][]): string {
  return [`${method} ${path} HTTP/1.1`, "host: hooks.example.test", "connection: close", ...headers.map(([name, value]) => `${name}: ${value}`), "", ""].join("\r\n");
}

export interface Client {
  send(request: { method: string; path: string; headers: [string, string][]; body: Buffer }): Promise<RawAnswer>;
  close(): Promise<void>;
}

/** For many requests whose framing is in order: headers in the given order and spelling, also twice. */
export function openClient(origin: string): Client {
  const pool = new Pool(origin, { connections: 8 });
  return {
    send: async ({ method, path, headers, body }) => {
      const answer = await pool.request({ method: method as "POST", path, headers: headers.flat(), ...(body.length === 0 && method !== "POST" ? {} : { body }) });
      const kept = Object.fromEntries(Object.entries(answer.headers).map(([name, value]) => [name, String(value)]));
      return { status: answer.statusCode, headers: kept, body: await answer.body.text() };
    },
    close: () => pool.close(),
  };
}
