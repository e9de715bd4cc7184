import { randomUUID } from "node:crypto";

export interface FormFile {
  fileName: string;
  contentType: string;
  content: Buffer;
}

/** A part with a content type of its own, such as JSON beside a file. */
export interface FormText {
  text: string;
  contentType: string;
}

/** A multipart body in one buffer, boundaries included: what is signed or tried again is what is sent. */
export function multipart(parts: Record<string, string | FormText | FormFile>): { body: Buffer; contentType: string } {
  const boundary = `waystation-${randomUUID()}`;
  const chunks = Object.entries(parts).flatMap(([name, part]) => {
    const { header, content } = asPart(part);
    return [Buffer.from(`--${boundary}\r\ncontent-disposition: form-data; name="${name}"${header}\r\n\r\n`, "utf8"), content, Buffer.from("\r\n")];
  });
  return { body: Buffer.concat([...chunks, Buffer.from(`--${boundary}--\r\n`)]), contentType: `multipart/form-data; boundary=${boundary}` };
}

function asPart(part: string | FormText | FormFile): { header: string; content: Buffer } {
  if (typeof part === "string") return { header: "", content: Buffer.from(part, "utf8") };
  if ("text" in part) return { header: `\r\ncontent-type: ${safeType(part.contentType)}`, content: Buffer.from(part.text, "utf8") };
  return { header: `; filename="${escapeFileName(part.fileName)}"\r\ncontent-type: ${safeType(part.contentType)}`, content: part.content };
}

function safeType(type: string): string {
  return /^[\w.+-]+\/[\w.+-]+$/.test(type) ? type : "application/octet-stream";
}

/** As browsers do it: what would end the header or the quotes is percent-encoded. */
function escapeFileName(name: string): string {
  return name.replace(/["\r\n]/g, (character) => encodeURIComponent(character));
}
