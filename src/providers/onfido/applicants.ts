import { toAlpha3 } from "../../lib/country-codes.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Applicant } from "../contract.ts";
import { ProviderError } from "../provider-error.ts";
import type { NewOnfidoApplicant, OnfidoClient } from "./client.ts";

/** The most that Onfido lists at once. https://documentation.onfido.com/api/latest#pagination */
const PER_PAGE = 500;
/** A page with fewer entries than Onfido gives unasked is the last one. */
const SHORT_PAGE = 20;
const MAX_PAGES = 4;
/** A lost answer is asked for again within seconds, at most within hours. */
const LOOK_BACK_MS = 24 * 3_600_000;

/** Onfido keeps no id of ours and makes a second applicant when asked twice, so that we look before we make one. */
export async function findOrCreateApplicant(client: OnfidoClient, clock: Clock, applicant: Applicant): Promise<string> {
  return (await findApplicant(client, clock, applicant.externalId)) ?? (await client.createApplicant(toOnfido(applicant))).id;
}

/** Looks through the applicants of the last day, newest first: no search by our id is offered. */
async function findApplicant(client: OnfidoClient, clock: Clock, externalId: string): Promise<string | undefined> {
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    const applicants = await client.listApplicants({ page, perPage: PER_PAGE });
    const found = applicants.find(({ id_numbers: numbers }) => numbers?.some(({ type, value }) => type === "other" && value === externalId));
    if (found !== undefined) return found.id;
    const oldest = Date.parse(applicants.at(-1)?.created_at ?? "");
    if (applicants.length < SHORT_PAGE || oldest < clock.now().getTime() - LOOK_BACK_MS) return undefined;
  }
  return undefined;
}

function toOnfido(applicant: Applicant): NewOnfidoApplicant {
  const { externalId, country } = applicant;
  return {
    first_name: applicant.firstName,
    last_name: applicant.lastName,
    email: applicant.email,
    phone_number: applicant.phone,
    dob: applicant.birthDate,
    location: country === undefined ? undefined : { country_of_residence: alpha3(country) },
    // The one field that an applicant gives back and that no check reads.
    id_numbers: [{ type: "other", value: externalId }],
  };
}

/** @throws ProviderError (invalid) when there is no such country: Onfido would say no more than that. */
export function alpha3(alpha2: string): string {
  const code = toAlpha3(alpha2);
  if (code === undefined) throw new ProviderError("onfido", "invalid", "Onfido needs an ISO 3166-1 country code");
  return code;
}
