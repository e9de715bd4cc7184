import { z } from "zod";

// Only what is used of Checkr's objects: a report also tells of a person's record, and nothing of that is kept.

/** Ids become path segments, so they may hold nothing that means something there. */
const objectId = z.string().regex(/^[\w-]{1,200}$/);
const word = z.string().max(200);
const text = word.nullish();
const link = z.url({ protocol: /^https?$/ });

export function listOf<T>(schema: z.ZodType<T>) {
  return z.object({ data: z.array(schema), next_href: z.string().nullish() });
}

export const accountSchema = z.object({ id: objectId });

export const packageSchema = z.object({
  slug: word,
  name: word,
  deleted_at: text,
  screenings: z.array(z.object({ type: word })).nullish(),
});

export const candidateSchema = z.object({ id: objectId, custom_id: text, report_ids: z.array(objectId).nullish() });

export const invitationSchema = z.object({
  id: objectId,
  status: word,
  invitation_url: link.nullish(),
  expires_at: text,
  deleted_at: text,
  package: word,
  report_id: objectId.nullish(),
  archived: z.boolean().nullish(),
});
export type CheckrInvitation = z.output<typeof invitationSchema>;

const screeningSchema = z.object({ object: text, status: word, result: text });

const reportFields = z.object({
  id: objectId,
  status: word,
  result: text,
  adjudication: text,
  assessment: text,
  includes_canceled: z.boolean().nullish(),
  package: text,
  candidate_id: objectId.nullish(),
  estimated_completion_time: text,
});

/** The embedded screenings lie beside the fields, one or a list under each name. */
export const reportSchema = z.looseObject({}).transform((object, context) => {
  const fields = reportFields.safeParse(object);
  if (!fields.success) {
    for (const { path } of fields.error.issues) context.addIssue({ code: "custom", path, message: "not as documented" });
    return z.NEVER;
  }
  const embedded = Object.entries(object).flatMap(([name, value]) => (Array.isArray(value) ? value : [value]).map((one: unknown) => ({ name, one })));
  const screenings = embedded.flatMap(({ name, one }) => {
    const screening = screeningSchema.safeParse(one);
    return screening.success ? [{ ...screening.data, name }] : [];
  });
  return { ...fields.data, screenings };
});
export type CheckrReport = z.output<typeof reportSchema>;

export const adverseItemSchema = z.object({ id: objectId, text: z.string().max(2_000) });

export const adverseActionSchema = z.object({ id: objectId, status: word, post_notice_scheduled_at: text });

export const webhookSchema = z.object({ id: objectId, webhook_url: z.string(), deleted_at: text });
