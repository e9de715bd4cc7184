import { fastify, type FastifyInstance } from "fastify";

/** What a vendor's host may do instead of answering as documented. */
export interface Misbehaviour {
  status?: number;
  headers?: Record<string, string>;
  body?: string;
  /** Takes the request and never answers. */
  silent?: boolean;
  /** Cuts the connection. */
  cut?: boolean;
}

/** A host that answers every request in the same bad way; a body that is not given holds a person's address. */
export function misbehaving(answer: Misbehaviour): FastifyInstance {
  const app = fastify();
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  app.all("/*", async (request, reply) => {
    if (answer.cut) request.raw.socket.destroy();
    if (answer.cut || answer.silent) return reply.hijack();
    return reply.code(answer.status ?? 200).headers(answer.headers ?? {}).send(answer.body ?? '{"description":"jane@example.test"}');
  });
  return app;
}

/** One change at a place chosen by number; null when the part is gone. */
export function mutate(bytes: Buffer, how: string, position: number, bit: number): Buffer | null {
  const at = position % bytes.length;
  switch (how) {
    case "flip":
      return Buffer.from(bytes.map((byte, i) => (i === at ? byte ^ (1 << bit) : byte)));
    case "cut":
      return bytes.subarray(0, at);
    case "swap": {
      const other = (at + 1 + bit) % bytes.length;
      return Buffer.from(bytes.map((byte, i) => (i === at ? (bytes[other] ?? byte) : i === other ? (bytes[at] ?? byte) : byte)));
    }
    case "insert":
      return Buffer.concat([bytes.subarray(0, at), Buffer.from([32 + bit]), bytes.subarray(at)]);
    default:
      return null;
  }
}

/** Bodies that a vendor would never sign, for a signer that signs anything. */
export function hostileBodies(): { name: string; body: string | Buffer }[] {
  return [
    { name: "nothing", body: "" }, { name: "half an object", body: "{" }, { name: "a list", body: "[]" }, { name: "null", body: "null" },
    { name: "a text", body: '"x"' }, { name: "NaN", body: "NaN" }, { name: "10,000 levels", body: `${'{"a":'.repeat(10_000)}1${"}".repeat(10_000)}` },
    { name: "1 MB of brackets", body: "[".repeat(1_000_000) },
    { name: "200,000 keys", body: `{${Array.from({ length: 200_000 }, (_, i) => `"k${i}":1`).join(",")}}` },
    { name: "the same key twice", body: '{"type":"a","type":"b"}' },
    { name: "__proto__", body: '{"__proto__":{"type":"a","id":"b"}}' }, { name: "constructor", body: '{"constructor":{"prototype":{"type":"a"}}}' },
    { name: "half a surrogate pair", body: '{"type":"\\ud800","id":"\\ud800","applicantId":"\\udfff"}' },
    { name: "NUL", body: '{"type":"a\\u0000","id":"a\\u0000","applicantId":"a\\u0000"}' },
    { name: "huge numbers", body: '{"type":"a","id":9007199254740993,"applicantId":9007199254740993,"created":1e400}' },
    { name: "an id of 10 KB", body: JSON.stringify({ type: "a", id: "x".repeat(10_000), applicantId: "x".repeat(10_000) }) },
    { name: "bytes that are no text", body: Buffer.from([0xff, 0xfe, 0x00, 0x7b]) },
  ];
}
