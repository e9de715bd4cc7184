import { z } from "zod";
import { timestamp } from "../../schemas.ts";

export const formerExample = {
  id: "sec_01jdmz8v5ye2f9m4r6sgk3x7qa", replacedAt: "2026-11-24T09:00:00.000Z", validUntil: "2026-11-25T09:00:00.000Z", lastUsedAt: "2026-11-24T10:00:00.000Z", uses: 12,
};

export const formerResource = z.object({
  id: z.string(),
  replacedAt: timestamp,
  validUntil: timestamp,
  lastUsedAt: timestamp.nullable().meta({ description: "Since it was replaced, to the minute" }),
  uses: z.number().int().nullable().meta({ description: "Since it was replaced, written once a minute. Null for an endpoint's secret: every delivery carries its signature, and only the receiver knows which it checks" }),
}).meta({ id: "FormerSecret", examples: [formerExample] });

/** What a read shows of a rotation under way. */
export function rotation(description: string) {
  return z.array(formerResource).meta({ description: `${description}; newest first` });
}
