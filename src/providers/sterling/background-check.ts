import type { Clock } from "../../lib/clock.ts";
import type { BackgroundCheck, BackgroundCheckCandidate, BackgroundCheckOrder } from "../background-check.ts";
import { ProviderError } from "../provider-error.ts";
import type { NewScreening, SterlingClient } from "./client.ts";
import type { SterlingCredentials } from "./manifest.ts";
import { cameToNothing, reportFrom, screeningKind } from "./report.ts";
import type { SterlingCandidate, SterlingScreening } from "./schemas.ts";

/**
 * Sterling names no public way to cancel an order, to adjudicate or to send the notices: these stay with its own portal and the
 * employer, and are absent here. It also takes the place of work from the account's set-up, not from the order.
 */
export function backgroundCheck(client: SterlingClient, input: { credentials: SterlingCredentials; clock: Clock }): BackgroundCheck {
  const { clock } = input;
  const callbackUri = ({ webhookUrl, externalId }: BackgroundCheckOrder): string =>
    // Our id in the address tells the order again, when the answer to it was lost.
    `${webhookUrl.replace("{callbackSecret}", input.credentials.callbackSecret)}?${new URLSearchParams({ check: externalId }).toString()}`;
  const orderOnce = (order: BackgroundCheckOrder, invite?: NewScreening["invite"]): Promise<SterlingScreening> =>
    findOrOrder(client, {
      packageId: order.packageReference, candidateId: order.candidateReference, callback: { uri: callbackUri(order) }, ...(invite === undefined ? {} : { invite }),
    });

  return {
    async listPackages() {
      return (await client.listPackages()).map(({ id, name, title, components }) => ({
        reference: id, name: name ?? title ?? id, screenings: [...new Set((components ?? []).map(screeningKind))],
      }));
    },

    createCandidate: (candidate) => createOrFind(client, candidate),

    async invite(order) {
      const screening = await orderOnce(order, { method: "link" });
      return { order: referenceOf(screening), url: screening.invite?.link ?? null, expiresAt: null };
    },

    async placeOrder(order) {
      return { order: referenceOf(await orderOnce(order)) };
    },

    async fetchReport({ order }) {
      const asOfMs = clock.now().getTime();
      const screening = await client.getScreening(order.reference);
      return { report: reportFrom(screening, asOfMs), reportReference: screening.id, related: [], estimatedAt: screening.estimatedCompletionAt ?? null };
    },

    async createReportLink({ reportReference }) {
      return { url: await client.createReportLink(reportReference) };
    },
  };
}

function referenceOf({ id }: SterlingScreening): { kind: string; reference: string } {
  return { kind: "screening", reference: id };
}

/** Sterling keeps one candidate for each address. */
async function createOrFind(client: SterlingClient, candidate: BackgroundCheckCandidate): Promise<{ reference: string }> {
  const { externalId, firstName, lastName, email } = candidate;
  try {
    return { reference: (await client.createCandidate({ clientReferenceId: externalId, givenName: firstName, familyName: lastName, email })).id };
  } catch (error) {
    if (!(error instanceof ProviderError) || error.status !== 409) throw error;
    const known = (await client.findCandidates(email)).find((one) => same(one.email, email));
    if (known === undefined) throw error;
    // An address that two people share would screen the one under the name of the other.
    if (!isSamePerson(known, candidate)) throw new ProviderError("sterling", "invalid", "Sterling knows another person under the candidate's address", { status: 409 });
    return { reference: known.id };
  }
}

function isSamePerson({ givenName, familyName }: SterlingCandidate, { firstName, lastName }: BackgroundCheckCandidate): boolean {
  return same(givenName, firstName) && same(familyName, lastName);
}

function same(left: string | null | undefined, right: string): boolean {
  return (left ?? "").trim().toLowerCase() === right.trim().toLowerCase();
}

async function findOrOrder(client: SterlingClient, order: NewScreening): Promise<SterlingScreening> {
  const known = (await findScreenings(client, order.candidateId)).find(
    (one) => one.callback?.uri === order.callback.uri && (one.packageId ?? order.packageId) === order.packageId && !cameToNothing(one),
  );
  return known ?? (await client.createScreening(order));
}

/** Finding screenings by candidate is not publicly documented: an account where it is refused orders without looking. */
async function findScreenings(client: SterlingClient, candidateId: string): Promise<SterlingScreening[]> {
  try {
    return await client.findScreenings(candidateId);
  } catch (error) {
    if (error instanceof ProviderError && [400, 404, 405, 422].includes(error.status ?? 0)) return [];
    throw error;
  }
}
