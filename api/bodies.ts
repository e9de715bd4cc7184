import { z } from "zod";
import { defaultOverlapSeconds, maxOverlapSeconds } from "../src/domain/rotation.ts";

/** Bodies that several routes share. Where the body may be absent it comes as null. */

/** For a POST that needs nothing said: no body, or an empty object. */
export const emptyBody = z.strictObject({}).nullish().meta({ description: "Nothing, or an empty object", examples: [{}] });

const description = "How long the old one stays valid, in seconds; 0 ends it, and every one before it, at once";

/** How long the old secret stays valid beside the new one. */
export const overlapSeconds = z.number().int().min(0).max(maxOverlapSeconds).default(defaultOverlapSeconds).meta({ description });

export const overlapBody = z.strictObject({ overlapSeconds }).nullish().meta({ examples: [{ overlapSeconds: defaultOverlapSeconds }] });

export function overlapOf(body: z.infer<typeof overlapBody>): number {
  return body?.overlapSeconds ?? defaultOverlapSeconds;
}
