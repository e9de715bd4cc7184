import type { Platform } from "../context.ts";
import { addTimelineEntry } from "../db/repositories/timeline.ts";
import type { Document } from "../generated/prisma/client.ts";
import type { DocumentKind, IdentityVerification } from "../providers/contract.ts";
import { ProviderError } from "../providers/provider-error.ts";

interface Receiver {
  identity: IdentityVerification;
  /** The provider's name, for the timeline. */
  name: string;
  reference: string;
}

/**
 * Hands a stored document to the provider, once. A document that the provider refuses is marked so and told: the
 * verification itself goes on.
 * @throws ProviderError of every other kind.
 */
export async function handOverDocument(platform: Platform, document: Document, to: Receiver): Promise<void> {
  if (document.status !== "stored") return;
  const content = await platform.vault.open({ tenantId: document.tenantId, table: "document", column: "content", id: document.id }, document.content);
  try {
    const handed = await to.identity.submitDocument({
      reference: to.reference,
      document: {
        kind: document.kind as DocumentKind, country: document.country, ...(document.side === null ? {} : { side: document.side as "front" | "back" }),
        fileName: document.fileName, contentType: document.contentType, content,
      },
    });
    await note(platform, document, { status: "handed_over", providerReference: handed.reference, handedOverAt: new Date() }, `A document was handed to ${to.name}.`);
  } catch (error) {
    if (!(error instanceof ProviderError) || error.kind !== "invalid") throw error;
    await note(platform, document, { status: "refused" }, `${to.name} refused a document (${document.kind.replaceAll("_", " ")}).`);
  }
}

async function note(platform: Platform, document: Document, data: Partial<Document>, summary: string): Promise<void> {
  const { tenantId, id, verificationId } = document;
  await platform.db.tenantTransaction(tenantId, async (tx) => {
    await tx.document.updateMany({ where: { tenantId, id }, data: data as { status: string } });
    await addTimelineEntry(tx, tenantId, { subjectId: verificationId, kind: `document.${String(data.status)}`, actor: { type: "system" }, summary, dedupeKey: `document/${id}` });
  });
}
