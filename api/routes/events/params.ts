import { z } from "zod";

/** An event's id may be the host's own, and longer than ours. */
export const eventParams = z.strictObject({ tenant: z.string().max(64), id: z.string().max(128) });
