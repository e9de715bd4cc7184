import type { Tx } from "../../db/client.ts";
import { inboundChannel } from "./write-inbound.ts";

export interface OwnedObject {
  integrationId: string;
  kind: string;
  /** The vendor's id of the object. */
  reference: string;
  workflowId: string;
}

/** Says which run an object at a vendor belongs to, and lets the news about it that came before go to that run now. */
export async function ownObject(tx: Tx, tenantId: string, object: OwnedObject): Promise<void> {
  await tx.externalReference.createMany({ data: [{ tenantId, ...object }], skipDuplicates: true });
  const waiting = await tx.inboundEvent.updateMany({
    where: { tenantId, integrationId: object.integrationId, aboutKind: object.kind, aboutRef: object.reference, status: "received" },
    data: { nextRelayAt: new Date() },
  });
  if (waiting.count > 0) await tx.$executeRaw`SELECT pg_notify(${inboundChannel}, '0')`;
}
