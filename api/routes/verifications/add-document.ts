import type { MultipartFile } from "@fastify/multipart";
import { fileTypeFromBuffer } from "file-type";
import { z } from "zod";
import { AppError, invalidField } from "../../../src/lib/errors.ts";
import { documentKinds } from "../../../src/providers/contract.ts";
import { addDocument } from "../../../src/verifications/act.ts";
import { idParams, timestamp } from "../../schemas.ts";
import { callerOf, type AddRoute } from "../../types.ts";

const accepted: ReadonlySet<string> = new Set(["application/pdf", "image/jpeg", "image/png", "image/webp"]);
const fields = z.strictObject({ kind: z.enum(documentKinds), country: z.string().regex(/^[A-Z]{2}$/, "must be an ISO 3166-1 alpha-2 code such as FR"), side: z.enum(["front", "back"]).optional() });
const documentResource = z.object({
  id: z.string(), kind: z.string(), country: z.string(), side: z.string().nullable(), fileName: z.string(), contentType: z.string(), sizeBytes: z.number().int(), status: z.string(), createdAt: timestamp,
});

export const addAddDocument: AddRoute = (api, platform) => {
  api.post("/v1/tenants/:tenant/verifications/:id/documents", {
    config: { scope: "verifications:write" },
    bodyLimit: 11 * 1024 * 1024,
    schema: {
      tags: ["Verifications"], summary: "Add a document",
      description: "multipart/form-data: one file (PDF, JPEG, PNG or WebP by its content, at most 10 MiB) and the fields `kind`, `country`, `side`, sent before the file. It is stored encrypted and handed to the provider.",
      consumes: ["multipart/form-data"], params: idParams, response: { 201: documentResource },
    },
  }, async (request, reply) => {
    if (!request.isMultipart()) throw new AppError("unsupported_media_type", "Send the document as multipart/form-data.");
    const file = await request.file();
    if (file === undefined) throw invalidField("/file", "is missing");
    const content = await file.toBuffer();
    const parsed = fields.safeParse(textFields(file));
    if (!parsed.success) throw new AppError("invalid", "Some fields are invalid; see errors.", { errors: parsed.error.issues.map((issue) => ({ path: `/${issue.path.join("/")}`, message: issue.message })) });
    const sniffed = (await fileTypeFromBuffer(content))?.mime;
    if (sniffed === undefined || !accepted.has(sniffed)) throw invalidField("/file", "must be a PDF, JPEG, PNG or WebP by its content");
    const { tenant, id } = request.params;
    const fileName = file.filename.replaceAll(/[\u0000-\u001f\u007f/\\]/g, "_").slice(0, 200) || "document";
    const stored = await addDocument(platform, tenant, id, { ...parsed.data, fileName, contentType: sniffed, content }, callerOf(request));
    return reply.code(201).send(stored);
  });
};

function textFields(file: MultipartFile): Record<string, unknown> {
  return Object.fromEntries(Object.entries(file.fields).flatMap(([name, part]) => (part !== undefined && !Array.isArray(part) && part.type === "field" ? [[name, part.value]] : [])));
}
