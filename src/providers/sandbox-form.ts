import type { FastifyRequest } from "fastify";

export interface ReceivedPart {
  content: Buffer;
  fileName?: string;
  contentType?: string;
}

/** For stand-ins, whose bodies arrive raw: the parts of a multipart body by name. */
export function formOf(request: FastifyRequest): Map<string, ReceivedPart> {
  const boundary = /boundary="?([^";]+)"?/.exec(String(request.headers["content-type"] ?? ""))?.[1];
  const parts = new Map<string, ReceivedPart>();
  if (boundary === undefined || !Buffer.isBuffer(request.body)) return parts;
  // latin1 keeps every byte as one character. The leading line break makes the first boundary like the others.
  for (const part of `\r\n${request.body.toString("latin1")}`.split(`\r\n--${boundary}`).slice(1)) {
    const end = part.indexOf("\r\n\r\n");
    const head = part.slice(0, Math.max(end, 0));
    const name = /[;\s]name="([^"]*)"/i.exec(head)?.[1];
    const fileName = /[;\s]filename="([^"]*)"/i.exec(head)?.[1];
    const contentType = /\r\ncontent-type:\s*([^\r\n]+)/i.exec(head)?.[1];
    if (name !== undefined) parts.set(name, { content: Buffer.from(part.slice(end + 4), "latin1"), ...(fileName === undefined ? {} : { fileName }), ...(contentType === undefined ? {} : { contentType }) });
  }
  return parts;
}
