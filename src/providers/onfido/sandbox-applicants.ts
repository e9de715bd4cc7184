import { randomUUID } from "node:crypto";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { magicTagsOf, type SandboxWorld } from "../sandbox-contract.ts";
import { formOf } from "../sandbox-form.ts";
import { accountOf, fail, readBody } from "./sandbox-http.ts";
import { onfidoTime, type OnfidoStore, type StoredApplicant, visible } from "./sandbox-store.ts";

const maxPerPage = 500;
const maxFileBytes = 10 * 1024 * 1024;

const newApplicant = z.looseObject({
  first_name: z.string().min(1),
  last_name: z.string().min(1),
  email: z.email().optional(),
  phone_number: z.string().optional(),
  dob: z.iso.date().optional(),
  id_numbers: z.array(z.object({ type: z.string(), value: z.string() })).optional(),
  location: z.object({ country_of_residence: z.string().length(3).optional(), ip_address: z.string().optional() }).optional(),
});

/** https://documentation.onfido.com/api/latest#applicants */
export function applicantRoutes(app: FastifyInstance, world: SandboxWorld, store: OnfidoStore): void {
  const tries = world.objects("_tries");

  app.post("/applicants", async (request, reply) => {
    const body = readBody(request, newApplicant);
    if ("fields" in body) return fail(reply, 422, body.fields);
    const account = accountOf(request);
    const { email, id_numbers: numbers } = body.value;

    const key = [account, email, ...(numbers ?? []).map(({ value }) => value)].join("\n");
    const made = Number(tries.get(key)?.["made"] ?? 0);
    const tags = magicTagsOf(email);
    const failure = [...(tags.includes("error") ? [500, 500] : []), ...(tags.includes("limit") ? [429, 429] : [])][made];
    if (failure !== undefined) {
      tries.put(key, { made: made + 1 });
      if (failure === 429) reply.header("retry-after", "1");
      return fail(reply, failure);
    }

    const id = randomUUID();
    const applicant: StoredApplicant = {
      ...body.value, ...(email === undefined ? {} : { email }), id, created_at: onfidoTime(), href: `/v3.6/applicants/${id}`, sandbox: { account, submissions: 0 },
    };
    store.saveApplicant(applicant);
    return reply.code(201).send({ ...visible(applicant), sandbox: true });
  });

  app.get<{ Querystring: { page?: string; per_page?: string } }>("/applicants", async (request, reply) => {
    const page = Math.max(1, Number(request.query.page ?? 1) || 1);
    const perPage = Math.min(maxPerPage, Math.max(1, Number(request.query.per_page ?? 20) || 20));
    const all = store.applicants(accountOf(request));
    reply.header("x-total-count", String(all.length));
    return { applicants: all.slice((page - 1) * perPage, page * perPage).map((each) => ({ ...visible(each), sandbox: true })) };
  });

  app.get<{ Params: { id: string } }>("/applicants/:id", async (request, reply) => {
    const applicant = store.applicant(accountOf(request), request.params.id);
    return applicant ? { ...visible(applicant), sandbox: true } : fail(reply, 404);
  });
}

const required = z.string().min(1);
const documentFields = z.object({ applicant_id: required, type: required, side: z.enum(["front", "back"]).optional(), issuing_country: z.string().length(3).optional() });
const photoFields = z.object({ applicant_id: required, advanced_validation: z.string().optional() });

/** https://documentation.onfido.com/api/latest#documents and #live-photos */
export function fileRoutes(app: FastifyInstance, world: SandboxWorld, store: OnfidoStore): void {
  for (const [type, schema] of [["documents", documentFields], ["live_photos", photoFields]] as const) {
    app.post(`/${type}`, async (request, reply) => {
      const read = readUpload(request, schema);
      if ("fields" in read) return fail(reply, 422, read.fields);
      const applicant = store.applicant(accountOf(request), read.values.applicant_id);
      if (applicant === undefined) return fail(reply, 422, { applicant_id: ["invalid"] });
      const id = randomUUID();
      const { fileName, contentType, bytes } = read.file;
      const stored = {
        ...read.values, id, created_at: onfidoTime(), file_name: fileName, file_type: contentType, file_size: bytes,
        href: `/v3.6/${type}/${id}`, download_href: `/v3.6/${type}/${id}/download`,
      };
      world.objects(type).put(id, stored);
      return reply.code(201).send(stored);
    });

    app.get<{ Querystring: { applicant_id?: string } }>(`/${type}`, async (request, reply) => {
      const applicant = store.applicant(accountOf(request), request.query.applicant_id);
      return applicant ? { [type]: store.files(type, applicant.id) } : fail(reply, 404);
    });
  }
}

type Upload = { values: { applicant_id: string }; file: { fileName: string; contentType: string; bytes: number } } | { fields: Record<string, string[]> };

function readUpload(request: FastifyRequest, schema: z.ZodType<{ applicant_id: string }>): Upload {
  const parts = formOf(request);
  const file = parts.get("file");
  parts.delete("file");
  const values = schema.safeParse(Object.fromEntries([...parts].map(([name, part]) => [name, part.content.toString("utf8")])));
  if (!values.success) return { fields: Object.fromEntries(values.error.issues.map((issue) => [issue.path.join("."), [issue.message]])) };
  if (file?.fileName === undefined || file.content.length === 0) return { fields: { file: ["can't be blank"] } };
  if (file.content.length > maxFileBytes) return { fields: { file: ["must be less than 10MB"] } };
  return { values: values.data, file: { fileName: file.fileName, contentType: file.contentType ?? "application/octet-stream", bytes: file.content.length } };
}
