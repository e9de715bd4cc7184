import type { AdverseAction } from "../background-check.ts";
import type { CheckrClient } from "./client.ts";
import { keyOf } from "./idempotency-key.ts";

const states: Partial<Record<string, Awaited<ReturnType<AdverseAction["fetch"]>>["state"]>> = {
  pending: "pending", complete: "complete", dispute: "disputed", canceled: "cancelled",
};

/** Checkr sends both notices, to the candidate's address and by its own texts. https://docs.checkr.com/#tag/adverse-actions */
export function adverseAction(client: CheckrClient): AdverseAction {
  const stateOf = (status: string) => (Object.hasOwn(states, status) ? states[status] : undefined) ?? "pending";
  return {
    async listItems({ reportReference }) {
      return (await client.listAdverseItems(reportReference)).map(({ id, text }) => ({ reference: id, text }));
    },

    async start({ reportReference, itemReferences, finalNoticeAt }) {
      const body = { adverse_item_ids: itemReferences, post_notice_scheduled_at: finalNoticeAt.toISOString() };
      const key = keyOf("adverse-action", `${reportReference}/${body.post_notice_scheduled_at}/${itemReferences.join()}`);
      return { reference: (await client.createAdverseAction(reportReference, body, key)).id };
    },

    async fetch({ reference }) {
      const { status, post_notice_scheduled_at } = await client.getAdverseAction(reference);
      return { state: stateOf(status), finalNoticeAt: post_notice_scheduled_at ?? null, rawStatus: status };
    },

    async cancel({ reference }) {
      if (stateOf((await client.getAdverseAction(reference)).status) !== "cancelled") await client.cancelAdverseAction(reference);
    },
  };
}
