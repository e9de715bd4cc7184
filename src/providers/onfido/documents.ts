import { createHash } from "node:crypto";
import type { ApplicantDocument, DocumentKind } from "../contract.ts";
import type { FormFile } from "../multipart.ts";
import { alpha3 } from "./applicants.ts";
import type { OnfidoClient } from "./client.ts";

/** https://documentation.onfido.com/api/latest#document-types */
const types: Record<Exclude<DocumentKind, "selfie">, { type: string; twoSided: boolean }> = {
  passport: { type: "passport", twoSided: false },
  id_card: { type: "national_identity_card", twoSided: true },
  driving_licence: { type: "driving_licence", twoSided: true },
  residence_permit: { type: "residence_permit", twoSided: true },
  proof_of_address: { type: "utility_bill", twoSided: false },
};

const extensions: Record<string, string> = { "image/jpeg": "jpg", "image/png": "png", "application/pdf": "pdf" };

/**
 * Uploads a document or a live photo unless Onfido has it already. Onfido takes the same file twice and makes two of it; the
 * name under which we hand it over tells what is in it, and holds nothing of the person's.
 */
export async function handOver(client: OnfidoClient, applicantId: string, document: ApplicantDocument): Promise<{ id: string }> {
  const { kind, side } = document;
  if (kind === "selfie") {
    const photo = toFile(document, "live-photo");
    const known = (await client.listLivePhotos(applicantId)).find((each) => each.file_name === photo.fileName);
    return known ?? (await client.uploadLivePhoto({ applicant_id: applicantId }, photo));
  }
  const { type, twoSided } = types[kind];
  const sided = twoSided && side !== undefined ? side : undefined;
  const issuingCountry = alpha3(document.country);
  const file = toFile(document, [type, sided].filter(Boolean).join("-"));
  const known = (await client.listDocuments(applicantId)).find((each) => each.file_name === file.fileName);
  if (known !== undefined) return known;
  return await client.uploadDocument({ applicant_id: applicantId, type, issuing_country: issuingCountry, ...(sided === undefined ? {} : { side: sided }) }, file);
}

function toFile({ content, contentType }: ApplicantDocument, label: string): FormFile {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 32);
  return { fileName: `${label}-${hash}.${extensions[contentType] ?? "bin"}`, contentType, content };
}
