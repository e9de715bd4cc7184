import { z } from "zod";

/** Bodies that several routes share. Where the body may be absent it comes as null. */

/** For a POST that needs nothing said: no body, or an empty object. */
export const emptyBody = z.strictObject({}).nullish().meta({ description: "Nothing, or an empty object", examples: [{}] });

const defaultOverlapSeconds = 86_400;
const maxOverlapSeconds = 7 * 86_400;

/** How long the old secret stays valid beside the new one. */
export const overlapBody = z.strictObject({
  overlapSeconds: z.number().int().min(0).max(maxOverlapSeconds).default(defaultOverlapSeconds).meta({ description: "How long the old one stays valid, in seconds" }),
}).nullish().meta({ examples: [{ overlapSeconds: defaultOverlapSeconds }] });

export function overlapOf(body: z.infer<typeof overlapBody>): number {
  return body?.overlapSeconds ?? defaultOverlapSeconds;
}
