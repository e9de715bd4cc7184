import { Prisma, type Integration } from "../generated/prisma/client.ts";

/** Who may send an integration's webhooks, and how many. Absent fields stay as they are. */
export interface DoorSettings {
  /** Null is any address, an empty list none: both are said on purpose. */
  allowedIps?: string[] | null | undefined;
  /** Null is the platform's default. */
  webhookRateLimit?: number | null | undefined;
}

export function doorColumns(door: DoorSettings | undefined): Pick<Prisma.IntegrationUncheckedUpdateInput & Prisma.IntegrationUncheckedCreateInput, "allowedIps" | "webhookRateLimit"> {
  return {
    ...(door?.allowedIps === undefined ? {} : { allowedIps: door.allowedIps ?? Prisma.DbNull }),
    ...(door?.webhookRateLimit === undefined ? {} : { webhookRateLimit: door.webhookRateLimit }),
  };
}

export function allowedIpsOf(row: Pick<Integration, "allowedIps">): string[] | null {
  return row.allowedIps as string[] | null;
}
