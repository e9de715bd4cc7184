import type { Reason } from "../reasons.ts";

// Onfido says why in breakdowns: results within results, each with a name. https://documentation.onfido.com/api/latest#document-report-breakdowns
// Names in our words, by the family of the report; "" stands for a report that says no more than its result.

const documentReasons: Record<string, Reason> = {
  "": "other",
  data_comparison: "data_mismatch",
  data_validation: "document_forged",
  document_expiration: "document_expired",
  expiry_date: "document_expired",
  data_consistency: "document_forged",
  image_integrity: "document_unreadable",
  image_quality: "document_unreadable",
  conclusive_document_quality: "document_unreadable",
  missing_back: "document_incomplete",
  incorrect_side: "document_incomplete",
  cut_off_document: "document_incomplete",
  two_documents_uploaded: "document_incomplete",
  no_document_in_image: "document_missing",
  damaged_document: "document_damaged",
  corner_removed: "document_damaged",
  punctured_document: "document_damaged",
  abnormal_document_features: "document_forged",
  watermarks_digital_text_overlay: "document_forged",
  digital_document: "document_not_original",
  supported_document: "document_not_accepted",
  colour_picture: "document_not_original",
  visual_authenticity: "document_forged",
  original_document_present: "document_not_original",
  face_detection: "document_unreadable",
  issuing_authority: "document_forged",
  police_record: "document_compromised",
  compromised_document: "document_compromised",
  age_validation: "underage",
};

const faceReasons: Record<string, Reason> = {
  "": "selfie_mismatch",
  face_comparison: "selfie_mismatch",
  image_integrity: "selfie_unreadable",
  face_detected: "selfie_unreadable",
  source_integrity: "liveness_failed",
  visual_authenticity: "liveness_failed",
};

const watchlistReasons: Record<string, Reason> = {
  "": "watchlist_match",
  sanction: "sanctions_match",
  politically_exposed_person: "watchlist_match",
  legal_and_regulatory_warnings: "watchlist_match",
  adverse_media: "adverse_media",
};

const addressReasons: Record<string, Reason> = {
  "": "address_not_confirmed",
  data_comparison: "address_not_confirmed",
  document_classification: "document_not_accepted",
  image_integrity: "document_unreadable",
};

const byReport: [RegExp, Record<string, Reason>][] = [
  [/^facial_similarity/, faceReasons],
  [/^watchlist_sanctions_only$/, { ...watchlistReasons, "": "sanctions_match" }],
  [/^watchlist/, watchlistReasons],
  [/^proof_of_address$/, addressReasons],
  [/^known_faces$/, { "": "duplicate_person", previously_seen_faces: "duplicate_person", image_integrity: "selfie_unreadable" }],
  [/^identity_enhanced$/, { "": "data_mismatch", address: "address_not_confirmed", date_of_birth: "data_mismatch", mortality: "fraud_suspected", sources: "data_mismatch" }],
  [/^device_intelligence$/, { "": "fraud_suspected" }],
  [/^(us_driving_licence|india_pan)$/, { "": "data_mismatch" }],
  [/^document/, documentReasons],
];

/** Poor pictures and wrong ones: new ones may mend it. */
const mendable: ReadonlySet<Reason> = new Set<Reason>([
  "document_unreadable", "document_incomplete", "document_damaged", "document_missing", "document_not_accepted", "selfie_unreadable",
]);

export function isMendable(reasons: readonly Reason[]): boolean {
  return reasons.length > 0 && reasons.every((reason) => mendable.has(reason));
}

/** The reasons in a report of this name, for the paths that failed in it. */
export function reasonsIn(reportName: string, paths: readonly string[]): Reason[] {
  const table = byReport.find(([pattern]) => pattern.test(reportName))?.[1] ?? { "": "other" as const };
  const known = (name: string): Reason | undefined => (Object.hasOwn(table, name) ? table[name] : undefined);
  // The last part says most; what it leaves open its parent says.
  const reasonOf = (path: string): Reason => path.split(".").reverse().map(known).find((reason) => reason !== undefined) ?? known("") ?? "other";
  return [...new Set((paths.length === 0 ? [""] : paths).map(reasonOf))];
}

/** What a customer's own workflow calls a reason, where it happens to use one of the names above; otherwise "other". */
export function reasonNamed(words: string): Reason {
  const name = words.trim().toLowerCase().replaceAll(/[\s-]+/g, "_");
  const found = [documentReasons, faceReasons, watchlistReasons].find((table) => name !== "" && Object.hasOwn(table, name));
  return found?.[name] ?? "other";
}

const MAX_DEPTH = 6;
const MAX_PATHS = 50;

/** The names, joined by dots, of the innermost results that are not clear. Values are never read: they may be the person's. */
export function failedPaths(breakdown: unknown): string[] {
  return childrenOf(breakdown).flatMap(([name, node]) => failedIn(name, node, 1)).slice(0, MAX_PATHS);
}

function failedIn(path: string, node: unknown, depth: number): string[] {
  if (!isObject(node) || depth > MAX_DEPTH) return [];
  const result = node["result"];
  if (result === "clear") return [];
  const below = [
    ...childrenOf(node["breakdown"]).flatMap(([name, child]) => failedIn(`${path}.${name}`, child, depth + 1)),
    ...childrenOf(node["properties"]).filter(([name, value]) => Object.hasOwn(documentReasons, name) && value !== "clear" && value !== null).map(([name]) => `${path}.${name}`),
  ];
  if (below.length > 0) return below;
  return typeof result === "string" ? [path] : [];
}

function childrenOf(value: unknown): [string, unknown][] {
  return isObject(value) ? Object.entries(value).filter(([name]) => /^[a-z][a-z0-9_]{0,60}$/.test(name)) : [];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
