import { toAlpha3 } from "../../lib/country-codes.ts";
import type { ApplicantDocument, DocumentKind } from "../contract.ts";
import { ProviderError } from "../provider-error.ts";
import type { SumsubIdDoc } from "./client.ts";

const idDocTypes: Record<DocumentKind, { idDocType: string; twoSided: boolean }> = {
  passport: { idDocType: "PASSPORT", twoSided: false },
  id_card: { idDocType: "ID_CARD", twoSided: true },
  driving_licence: { idDocType: "DRIVERS", twoSided: true },
  residence_permit: { idDocType: "RESIDENCE_PERMIT", twoSided: true },
  proof_of_address: { idDocType: "UTILITY_BILL", twoSided: false },
  selfie: { idDocType: "SELFIE", twoSided: false },
};

const idDocSubTypes = { front: "FRONT_SIDE", back: "BACK_SIDE" } as const;

/** What Sumsub wants to know of a document. A side is named only for documents that have two. */
export function idDocMetadata(document: Pick<ApplicantDocument, "kind" | "country" | "side">): SumsubIdDoc["metadata"] {
  const { idDocType, twoSided } = idDocTypes[document.kind];
  const country = alpha3(document.country);
  return twoSided && document.side ? { idDocType, country, idDocSubType: idDocSubTypes[document.side] } : { idDocType, country };
}

/** @throws ProviderError (invalid) when there is no such country: Sumsub would say no more than that. */
export function alpha3(alpha2: string): string {
  const code = toAlpha3(alpha2);
  if (code === undefined) throw new ProviderError("sumsub", "invalid", "Sumsub needs an ISO 3166-1 country code");
  return code;
}
