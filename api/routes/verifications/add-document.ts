import multipart, { type MultipartFile } from "@fastify/multipart";
import type { FastifyRequest } from "fastify";
import { fileTypeFromBuffer } from "file-type";
import { z } from "zod";
import { AppError, invalidField } from "../../../src/lib/errors.ts";
import { documentKinds } from "../../../src/providers/contract.ts";
import { addDocument } from "../../../src/verifications/act.ts";
import { countryCode, idParams, timestamp } from "../../schemas.ts";
import { callerOf, type AddRoute, type Api } from "../../types.ts";

const accepted: ReadonlySet<string> = new Set(["application/pdf", "image/jpeg", "image/png", "image/webp"]);
const fields = z.strictObject({ kind: z.enum(documentKinds), country: countryCode, side: z.enum(["front", "back"]).optional(), complete: z.enum(["true", "false"]).default("false") });
const documentResource = z.object({
  id: z.string(), kind: z.string(), country: z.string(), side: z.string().nullable(), fileName: z.string(), contentType: z.string(), sizeBytes: z.number().int(), status: z.string(), createdAt: timestamp,
}).meta({
  id: "Document",
  examples: [{ id: "doc_01jdmz8v5ye2f9m4r6sgk3x7qa", kind: "passport", country: "FR", side: "front", fileName: "passport.jpg", contentType: "image/jpeg", sizeBytes: 183_402, status: "stored", createdAt: "2026-11-24T09:00:00.000Z" }],
});

// For the description alone: the upload is read as a stream.
const uploadBody = {
  type: "object",
  required: ["kind", "country", "file"],
  properties: {
    kind: { type: "string", enum: documentKinds }, country: { type: "string", pattern: "^[A-Z]{2}$" }, side: { type: "string", enum: ["front", "back"] },
    complete: { type: "string", enum: ["true", "false"], description: "true with the last document: the provider is asked to start" },
    file: { type: "string", contentMediaType: "application/octet-stream" },
  },
  examples: [{ kind: "passport", country: "FR", side: "front", file: "(the file's bytes)" }],
};

const maxUploadBytes = 10 * 1024 * 1024;

export const addAddDocument: AddRoute = (api, platform) => {
  // In a scope of its own: no other route reads multipart.
  void api.register(async (scope) => {
    await scope.register(multipart, { limits: { fileSize: maxUploadBytes, files: 1, fields: 10, fieldSize: 1_000, fieldNameSize: 100, headerPairs: 20, parts: 11 } });
    addUpload(scope as unknown as Api, platform);
  });
};

const addUpload: AddRoute = (api, platform) => {
  api.post("/v1/tenants/:tenant/verifications/:id/documents", {
    config: { scope: "verifications:write", streamedBody: uploadBody },
    bodyLimit: 11 * 1024 * 1024,
    schema: {
      tags: ["Verifications"], summary: "Add a document",
      description: "multipart/form-data: one file (PDF, JPEG, PNG or WebP by its content, at most 10 MiB) and the fields `kind`, `country`, `side`, `complete`, sent before the file. It is stored encrypted and handed to the provider; `complete=true` with the last one asks the provider to start, for candidates who never open the invitation.",
      consumes: ["multipart/form-data"], params: idParams, response: { 201: documentResource },
    },
  }, async (request, reply) => {
    const { file, content } = await readUpload(request);
    const parsed = fields.safeParse(textFields(file));
    if (!parsed.success) throw new AppError("invalid", "Some fields are invalid; see errors.", { errors: parsed.error.issues.map((issue) => ({ path: `/${issue.path.join("/")}`, message: issue.message })) });
    const sniffed = (await fileTypeFromBuffer(content))?.mime;
    if (sniffed === undefined || !accepted.has(sniffed)) throw invalidField("/file", "must be a PDF, JPEG, PNG or WebP by its content");
    const { tenant, id } = request.params;
    const fileName = file.filename.replaceAll(/[\u0000-\u001f\u007f/\\]/g, "_").slice(0, 200) || "document";
    const stored = await addDocument(platform, tenant, id, { ...parsed.data, complete: parsed.data.complete === "true", fileName, contentType: sniffed, content }, callerOf(request));
    return reply.code(201).send(stored);
  });
};

async function readUpload(request: FastifyRequest): Promise<{ file: MultipartFile; content: Buffer }> {
  if (!request.isMultipart()) throw new AppError("unsupported_media_type", "Send the document as multipart/form-data.");
  try {
    const file = await request.file();
    if (file === undefined) throw invalidField("/file", "is missing");
    return { file, content: await file.toBuffer() };
  } catch (error) {
    // What the parser says of a body without a boundary, or one that is cut, has no status and would pass for a fault of ours.
    if (error instanceof AppError || typeof (error as { statusCode?: unknown }).statusCode === "number") throw error;
    throw new AppError("malformed", "The multipart body could not be read.", { cause: error });
  }
}

function textFields(file: MultipartFile): Record<string, unknown> {
  return Object.fromEntries(Object.entries(file.fields).flatMap(([name, part]) => (part !== undefined && !Array.isArray(part) && part.type === "field" ? [[name, part.value]] : [])));
}
