import { z } from "zod";

/** Bodies that several routes share. */

/** For a POST that needs nothing said: no body, or an empty object. */
export const emptyBody = z.strictObject({}).optional().meta({ description: "Nothing, or an empty object", examples: [{}] });

export const maxOverlapSeconds = 7 * 86_400;

/** How long the old secret stays valid beside the new one. */
export const overlapBody = z.strictObject({
  overlapSeconds: z.number().int().min(0).max(maxOverlapSeconds).default(86_400).meta({ description: "How long the old one stays valid" }),
}).default({ overlapSeconds: 86_400 }).meta({ examples: [{ overlapSeconds: 86_400 }] });
