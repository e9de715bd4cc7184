import { z } from "zod";

// Only what is used of Sterling's objects: a screening also tells of a person and their record, and nothing of that is kept.

/** Ids become path segments, so they may hold nothing that means something there. A screening's is a number as text. */
const objectId = z.union([z.string(), z.int().transform(String)]).pipe(z.string().regex(/^[\w-]{1,200}$/));
const word = z.string().max(300);
const text = word.nullish();
const link = z.url({ protocol: /^https?$/ });

/** Lists come bare; wrapped ones are read too. */
export function listOf<T>(schema: z.ZodType<T>) {
  return z.union([z.array(schema), z.object({ data: z.array(schema) }).transform(({ data }) => data)]);
}

export const packageSchema = z.object({
  id: objectId,
  name: text,
  title: text,
  components: z.array(z.union([word, z.object({ name: text, type: text }).transform(({ name, type }) => name ?? type ?? "")])).nullish(),
});

export const candidateSchema = z.object({ id: objectId, email: text, givenName: text, familyName: text });
export type SterlingCandidate = z.output<typeof candidateSchema>;

export const screeningSchema = z.object({
  id: objectId,
  status: word,
  result: text,
  invite: z.object({ link: link.nullish() }).nullish(),
  callback: z.object({ uri: z.string().nullish() }).nullish(),
  packageId: objectId.nullish(),
  estimatedCompletionAt: text,
  reportItems: z.array(z.object({ type: text, status: text, result: text })).nullish(),
});
export type SterlingScreening = z.output<typeof screeningSchema>;

export const reportLinkSchema = z.union([
  z.object({ links: z.array(z.object({ href: link })).min(1) }).transform(({ links }) => links[0]?.href ?? ""),
  z.object({ url: link }).transform(({ url }) => url),
]);

const errorSchema = z.object({ errors: z.array(z.object({ code: z.string() })).min(1) });

/** "409#email?already-in-use", with signs that a message may hold. */
export function refusalCode(body: unknown): string | undefined {
  return errorSchema.safeParse(body).data?.errors[0]?.code.replaceAll(/[#?]/g, ":");
}
