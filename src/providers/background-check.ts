import type { WorkLocation } from "../domain/adverse-action-waits.ts";
import type { BackgroundReport, ScreeningKind } from "../domain/background-check.ts";

/** The capability backgroundCheck: part of contract.ts, in a file of its own. What a vendor cannot do is absent. */
export interface BackgroundCheck {
  /** What the account may order. */
  listPackages(): Promise<BackgroundCheckPackage[]>;
  /** Creates the candidate, or finds the one that an earlier, unanswered call with the same externalId made. */
  createCandidate(candidate: BackgroundCheckCandidate): Promise<{ reference: string }>;
  /**
   * Orders with a page of the vendor's where the candidate consents and hands in what is needed, so that neither ever passes
   * through here. Repeating it gives the order that is there; after one that expired or was cancelled it makes a new one.
   */
  invite(order: BackgroundCheckOrder): Promise<BackgroundCheckInvitation>;
  /** Orders at once, for a candidate whose consent and details the vendor has already. Repeating it makes no second order. */
  placeOrder?(order: BackgroundCheckOrder): Promise<{ order: VendorReference }>;
  /** Asks the vendor for the truth. */
  fetchReport(input: { order: VendorReference }): Promise<FetchedReport>;
  /** A page that shows the report to the employer's people; the vendor decides how long it lives. */
  createReportLink?(input: { reportReference: string }): Promise<{ url: string }>;
  /** Tells the vendor that the candidate is taken in spite of what was found. Repeating it does no harm. */
  engage?(input: { reportReference: string }): Promise<void>;
  /** Stops what can be stopped. Repeating it does no harm. */
  cancel?(input: { order: VendorReference }): Promise<void>;
  adverseAction?: AdverseAction;
}

/** For vendors that send the notices. Elsewhere the employer sends them, and only the waiting is ours. */
export interface AdverseAction {
  /** What of the report may be named as the ground. The texts tell of a person's record. */
  listItems(input: { reportReference: string }): Promise<{ reference: string; text: string }[]>;
  /** Sends the pre-adverse notice; the vendor sends the final one at that time unless it is cancelled before. */
  start(input: { reportReference: string; itemReferences: string[]; finalNoticeAt: Date }): Promise<{ reference: string }>;
  fetch(input: { reference: string }): Promise<{ state: "pending" | "complete" | "disputed" | "cancelled"; finalNoticeAt: string | null; rawStatus: string }>;
  /** The candidate is taken after all, or a dispute stops the clock. Repeating it does no harm. */
  cancel(input: { reference: string }): Promise<void>;
}

export interface BackgroundCheckCandidate {
  /** Our own id of the check: the vendor keeps it. */
  externalId: string;
  firstName: string;
  lastName: string;
  email: string;
  phone?: string;
  /** YYYY-MM-DD */
  birthDate?: string;
}

export interface BackgroundCheckPackage {
  /** What orders name it by. */
  reference: string;
  name: string;
  screenings: ScreeningKind[];
}

/** An object at the vendor as the process records it: news of it finds its owner by both. */
export interface VendorReference {
  kind: string;
  reference: string;
}

export interface BackgroundCheckOrder {
  candidateReference: string;
  externalId: string;
  packageReference: string;
  workLocation: WorkLocation;
  /**
   * The integration's webhook address, for vendors that are told with each order where to post. A secret that belongs into it
   * stands there by its name in braces; the provider puts it in.
   */
  webhookUrl: string;
}

export interface BackgroundCheckInvitation {
  order: VendorReference;
  /** Null when the vendor wrote to the candidate itself. */
  url: string | null;
  /** RFC 3339; null when the vendor does not say. */
  expiresAt: string | null;
}

export interface FetchedReport {
  report: BackgroundReport;
  /** The vendor's report, once there is one: for the link, the adjudication and adverse action. */
  reportReference: string | null;
  /** Further objects that news may be about, to be recorded like the order. */
  related: VendorReference[];
  estimatedAt: string | null;
}
