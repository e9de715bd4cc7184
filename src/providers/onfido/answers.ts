import { z } from "zod";

// What is read of Onfido's answers. Their shapes: https://github.com/onfido/onfido-openapi-spec

/** Ids become path segments, so they may hold nothing that means something there. */
const id = z.string().regex(/^[\w-]{1,200}$/);
const time = z.string().max(100).nullish();
const word = z.string().max(100);

export const applicant = z.object({ id, created_at: time, id_numbers: z.array(z.object({ type: z.string().nullish(), value: z.string().nullish() })).nullish() });
export type OnfidoApplicant = z.output<typeof applicant>;
export const applicantList = z.object({ applicants: z.array(applicant) });

export const file = z.object({ id, file_name: z.string().nullish(), type: z.string().nullish(), side: z.string().nullish() });
export type OnfidoFile = z.output<typeof file>;
export const documentList = z.object({ documents: z.array(file) });
export const livePhotoList = z.object({ live_photos: z.array(file) });

const link = z.object({ url: z.url({ protocol: /^https?$/ }).nullish(), expires_at: time });

export const run = z.object({
  id,
  status: word,
  created_at: time,
  link: link.nullish(),
  sdk_token: z.string().max(10_000).nullish(),
  reasons: z.array(z.string()).nullish(),
  /** What the workflow's maker chose to put out. */
  output: z.unknown().optional(),
});
export type OnfidoRun = z.output<typeof run>;
export const runList = z.array(run);

export const check = z.object({
  id,
  status: word,
  result: word.nullish(),
  created_at: time,
  form_uri: z.url({ protocol: /^https?$/ }).nullish(),
  report_ids: z.array(id).nullish(),
});
export type OnfidoCheck = z.output<typeof check>;
export const checkList = z.object({ checks: z.array(check) });

export const report = z.object({
  id,
  name: word,
  status: word.nullish(),
  result: word.nullish(),
  sub_result: word.nullish(),
  breakdown: z.unknown().optional(),
});
export type OnfidoReport = z.output<typeof report>;
export const reportList = z.object({ reports: z.array(report) });

export const sdkToken = z.object({ token: z.string().min(1).max(10_000) });

export const webhook = z.object({
  id,
  url: z.string().nullish(),
  enabled: z.boolean().nullish(),
  events: z.array(z.string()).nullish(),
  environments: z.array(z.string()).nullish(),
  token: z.string().min(1).max(500).nullish(),
});
export type OnfidoWebhook = z.output<typeof webhook>;
export const webhookList = z.object({ webhooks: z.array(webhook) });
