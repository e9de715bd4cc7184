import type { Applicant, IdentityVerification } from "../contract.ts";
import { ProviderError } from "../provider-error.ts";
import type { NewSumsubApplicant, SumsubClient } from "./client.ts";
import { decisionFrom } from "./decision.ts";
import { alpha3, idDocMetadata } from "./document-types.ts";

export function identityVerification(client: SumsubClient): IdentityVerification {
  return {
    async createApplicant(applicant) {
      return { reference: (await createOrFind(client, toSumsub(applicant))).id };
    },

    async createInvitation({ externalId, ttlSeconds }) {
      return client.createWebSdkLink({ userId: externalId, ttlInSecs: ttlSeconds });
    },

    async submitDocument({ reference, document }) {
      const { imageId } = await client.addIdDoc(reference, {
        metadata: idDocMetadata(document),
        fileName: document.fileName,
        contentType: document.contentType,
        content: document.content,
      });
      return { reference: imageId ?? reference };
    },

    async fetchDecision({ reference }) {
      return decisionFrom(await client.getReview(reference));
    },

    async requestCheck({ reference }) {
      const { state } = decisionFrom(await client.getReview(reference));
      if (state === "awaiting_candidate" || state === "needs_input") await client.requestCheck(reference);
    },
  };
}

/** Sumsub answers 409 when it knows the externalUserId already: an earlier call got through, and only its answer was lost. */
async function createOrFind(client: SumsubClient, applicant: NewSumsubApplicant): Promise<{ id: string }> {
  try {
    return await client.createApplicant(applicant);
  } catch (error) {
    if (!(error instanceof ProviderError) || error.status !== 409) throw error;
    return client.getByExternalId(applicant.externalUserId);
  }
}

function toSumsub(applicant: Applicant): NewSumsubApplicant {
  return {
    externalUserId: applicant.externalId,
    email: applicant.email,
    phone: applicant.phone,
    fixedInfo: {
      firstName: applicant.firstName,
      lastName: applicant.lastName,
      dob: applicant.birthDate,
      country: applicant.country === undefined ? undefined : alpha3(applicant.country),
    },
  };
}
