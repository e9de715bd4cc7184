import type { Applicant, IdentityVerification, Invitation } from "../contract.ts";
import { ProviderError } from "../provider-error.ts";
import type { NewSumsubApplicant, SumsubClient } from "./client.ts";
import { decisionFrom } from "./decision.ts";
import { alpha3, idDocMetadata } from "./document-types.ts";
import { levelFor } from "./levels.ts";
import type { SumsubSettings } from "./manifest.ts";

export function identityVerification(client: SumsubClient, settings: SumsubSettings): IdentityVerification {
  const session = ({ externalId, ttlSeconds, checks }: Invitation) => ({ levelName: levelFor(checks, settings), userId: externalId, ttlInSecs: ttlSeconds });

  return {
    async createApplicant(applicant) {
      return { reference: (await createOrFind(client, toSumsub(applicant), levelFor(applicant.checks, settings))).id };
    },

    async createInvitation(invitation) {
      return client.createWebSdkLink(session(invitation));
    },

    async createSdkToken(invitation) {
      return client.createAccessToken(session(invitation));
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
      const review = await client.getReview(reference);
      const refused = review.reviewStatus === "awaitingUser" || review.reviewResult?.reviewAnswer === "RED";
      return decisionFrom(review, refused ? await client.listRejectedLabels(reference) : []);
    },

    async requestCheck({ reference }) {
      const { state } = decisionFrom(await client.getReview(reference));
      if (state === "awaiting_candidate" || state === "needs_input") await client.requestCheck(reference);
    },
  };
}

/** Sumsub answers 409 when it knows the externalUserId already: an earlier call got through, and only its answer was lost. */
async function createOrFind(client: SumsubClient, applicant: NewSumsubApplicant, levelName: string): Promise<{ id: string }> {
  try {
    return await client.createApplicant(applicant, levelName);
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
